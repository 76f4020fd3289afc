// attachments_under_test.hpp - attachments over fakes, and NICs that a test plugs in.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/attachments/attachments.hpp"
#include "tests/fakes/fake_attachment_book.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::attachments {

inline const std::string kMac = "02:00:00:00:00:01";
inline const std::string kTrunk = "02:00:00:00:00:0f";
inline const std::string kTask = "arn:aws:ecs:us-west-2:123456789012:task/lab/9f";

class AttachmentsUnderTest : public ::testing::Test {
 protected:
  AttachmentsUnderTest() { start(); }
  ~AttachmentsUnderTest() override { stop(); }

  void start() { attachments.emplace(needs(), loop.io.get_executor()); }
  void stop() {
    if (attachments) {
      EXPECT_TRUE(loop.run(attachments->stop()));
    }
    attachments.reset();
  }
  /// As after a crash: nothing was said to the old one.
  void start_again() {
    stop();
    start();
    EXPECT_TRUE(loop.run(attachments->recover()));
    attachments->begin();
    go_on();
  }

  records::Attachment attachment(const std::string& device = kMac) {
    records::Attachment one;
    one.mac = kMac;
    one.arn = "arn:attachment/1";
    one.task_arn = kTask;
    one.device = device;
    one.announced_at = clock.wall();
    one.expires_at = clock.wall() + std::chrono::minutes(5);
    return one;
  }
  void announce(records::Attachment one) {
    EXPECT_TRUE(loop.run(attachments->announce(std::move(one))));
    go_on();
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    go_on();
  }
  void plug_in(const std::string& mac) {
    plugged.insert(*netns::parse_mac(mac));
    came.cancel();
    go_on();
  }

  static Async<> await_device(AttachmentsUnderTest* self, netns::MacAddress mac) {
    while (!self->plugged.contains(mac)) {
      const bool cancelled = co_await is_cancelled();
      if (cancelled) co_return Error{Errc::Cancelled, 0, "cancelled"};
      co_await self->came.async_wait(use_result);
    }
    co_return ok();
  }
  static Async<bool> has_device(AttachmentsUnderTest* self, netns::MacAddress mac) {
    co_return self->plugged.contains(mac);
  }
  Needs needs() {
    return {book,
            clock,
            [this](netns::MacAddress mac) { return has_device(this, mac); },
            [this](netns::MacAddress mac) { return await_device(this, mac); },
            [](const records::Attachment& one) {
              return records::Report{one.task_arn, "ATTACHED " + one.arn};
            },
            [this](records::QueuedReport report) { offered.push_back(std::move(report)); },
            [this](const std::string& task_arn) { return known_tasks.contains(task_arn); },
            [this](const std::string& task_arn, std::string text) {
              notes.push_back(task_arn + ": " + text);
            }};
  }

  berth::testing::Loop loop;
  berth::testing::FakeClock clock;
  berth::testing::FakeAttachmentBook book{loop.io.get_executor()};
  std::set<netns::MacAddress> plugged;
  asio::steady_timer came{loop.io.get_executor(), std::chrono::steady_clock::time_point::max()};
  std::vector<records::QueuedReport> offered;
  std::set<std::string> known_tasks;
  std::vector<std::string> notes;
  std::optional<Attachments> attachments;
};

}  // namespace berth::attachments
