// offload.cpp - a queue, its workers, and a spare one for when all of them hang.
#include "base/offload.hpp"

namespace berth {

Offload::Offload(std::size_t threads, std::size_t most) : most_(most) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < threads; ++i) add_thread(false);
  if (threads < most_) add_thread(true);
}

Offload::~Offload() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  given_.notify_all();
  delayed_.notify_all();
  // None is added any more: that takes a job, and with it this lock before stopping_ was seen.
  for (std::size_t i = 0; i < threads_.size(); ++i) threads_[i].join();
}

void Offload::push_job(std::function<void()> job) {
  bool all_busy = false;
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({std::move(job), std::chrono::steady_clock::now()});
    all_busy = idle_ == 0;
  }
  given_.notify_one();
  if (all_busy) delayed_.notify_one();
}

void Offload::add_thread(bool is_spare) {
  threads_.emplace_back([this, is_spare] { work(is_spare); });
}

void Offload::work(bool is_spare) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (jobs_.empty()) {
      if (stopping_) return;
      if (is_spare) {
        delayed_.wait(lock);
      } else {
        ++idle_;
        given_.wait(lock);
        --idle_;
      }
      continue;
    }
    const auto due = jobs_.front().since + kPatience;
    if (is_spare && !stopping_ && std::chrono::steady_clock::now() < due) {
      delayed_.wait_until(lock, due);
      continue;
    }
    if (is_spare && !stopping_ && threads_.size() < most_) add_thread(true);
    const std::function<void()> run = std::move(jobs_.front().run);
    jobs_.pop_front();
    // Whoever gave the rest may have counted on a worker that is taken by now.
    if (!jobs_.empty()) delayed_.notify_one();
    lock.unlock();
    run();
    lock.lock();
  }
}

}  // namespace berth
