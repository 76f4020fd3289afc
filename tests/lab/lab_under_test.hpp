// lab_under_test.hpp - a lab on a port of its own, in the test's process, and signed calls to it.
#pragma once

#include <gtest/gtest.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

#include "aws/sigv4.hpp"
#include "base/http/client.hpp"
#include "base/http/server.hpp"
#include "base/json.hpp"
#include "lab/lab.hpp"
#include "lab/service.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::testing {

/// What came back from a call.
struct Answered {
  int status = 0;
  Json body;
  std::string code() const { return body.value("__type", ""); }
};

/// One signed call, for coroutines. fails: as Client::fetch, or Invalid (the answer is not JSON).
inline Async<Answered> ask_lab(std::uint16_t port, aws::Keys keys, std::string operation,
                               Json input, std::string region) {
  http::Request request;
  request.method = "POST";
  request.body = dump_json(input);
  const std::string host = "127.0.0.1:" + std::to_string(port);
  request.headers = {{"Host", host},
                     {"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", "AmazonEC2ContainerServiceV20141113." + operation}};
  const auto signature = aws::sign(request, keys, {region, "ecs"}, SystemClock().wall());
  request.headers.insert(request.headers.end(), signature.begin(), signature.end());
  http::Client client;
  BERTH_CO_TRY(const http::Url url, http::parse_url("http://" + host + "/"));
  const Deadline by = Deadline::after(std::chrono::seconds(10));
  auto response = co_await client.fetch(url, request, 4 << 20, by);
  if (!response) co_return std::move(response).error();
  BERTH_CO_TRY(Json body, parse_json(response->body));
  Answered answered{response->status, std::move(body)};
  co_return answered;
}

/// The same, run to its end.
inline Answered call_lab(Loop& loop, std::uint16_t port, const aws::Keys& keys,
                         const std::string& operation, const Json& input,
                         const std::string& region = "eu-west-1") {
  auto answered = loop.run(ask_lab(port, keys, operation, input, region));
  EXPECT_TRUE(answered) << operation << ": " << answered.error();
  return answered ? std::move(*answered) : Answered();
}

/// What came back from a call of the EC2 API.
struct Ec2Answered {
  int status = 0;
  boost::property_tree::ptree body;  ///< below the answer's one element
  /// "" when it is not there: text("subnetSet.item.subnetId").
  std::string text(const std::string& path) const { return body.get(path, ""); }
  std::string code() const { return text("Errors.Error.Code"); }
  std::string message() const { return text("Errors.Error.Message"); }
};

/// One signed call of the EC2 API: "Action=DescribeVpcs".
inline Ec2Answered call_ec2(Loop& loop, std::uint16_t port, const aws::Keys& keys,
                            const std::string& form) {
  http::Request request;
  request.method = "POST";
  request.body = form + "&Version=2016-11-15";
  const std::string host = "127.0.0.1:" + std::to_string(port);
  request.headers = {{"Host", host},
                     {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  const auto signature = aws::sign(request, keys, {"eu-west-1", "ec2"}, SystemClock().wall());
  request.headers.insert(request.headers.end(), signature.begin(), signature.end());
  http::Client client;
  const auto url = http::parse_url("http://" + host + "/");
  const Deadline by = Deadline::after(std::chrono::seconds(10));
  auto response = loop.run(client.fetch(*url, request, 4 << 20, by));
  EXPECT_TRUE(response) << form << ": " << response.error();
  if (!response) return {};
  std::istringstream text(response->body);
  boost::property_tree::ptree whole;
  boost::property_tree::read_xml(text, whole);
  return {response->status, whole.front().second};
}

/// Times short enough for a test. Its loop runs only inside call() and what the test runs itself.
class LabUnderTest {
 public:
  LabUnderTest() {
    std::string pattern = ::testing::TempDir() + "berth-lab-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    settings.region = "eu-west-1";
    settings.detach = std::chrono::milliseconds(5);
  }
  ~LabUnderTest() {
    stop();
    std::filesystem::remove_all(folder);
  }

  void start() {
    loop = std::make_unique<Loop>();
    auto opened = lab::Lab::open(settings, folder, clock, loop->nursery);
    ASSERT_TRUE(opened) << opened.error();
    lab = std::move(*opened);
    service = std::make_unique<lab::Service>(*lab, keys, false);
    http::Listen listen;
    listen.address = "127.0.0.1";
    listen.port = port;
    auto started = http::Server::start(listen, service->handlers(), {}, loop->nursery);
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
    port = server->port();
  }
  void stop() {
    if (loop) loop->stop();
    server.reset();
    service.reset();
    lab.reset();
    loop.reset();
  }
  /// As after a kill -9: whoever was connected is cut off.
  void restart() {
    stop();
    port = 0;
    start();
  }

  Answered call(const std::string& operation, const Json& input) {
    return call_lab(*loop, port, keys, operation, input);
  }
  /// The body of a call that must succeed.
  Json ask(const std::string& operation, const Json& input) {
    const Answered answered = call(operation, input);
    EXPECT_EQ(answered.status, 200) << operation << ": " << answered.body.dump();
    return answered.body;
  }
  Ec2Answered ec2(const std::string& form) { return call_ec2(*loop, port, keys, form); }
  /// The same, which must succeed.
  Ec2Answered ask_ec2(const std::string& form) {
    Ec2Answered answered = ec2(form);
    EXPECT_EQ(answered.status, 200) << form << ": " << answered.message();
    return answered;
  }
  /// The id of a new security group.
  std::string make_group(const std::string& name) {
    return ask_ec2("Action=CreateSecurityGroup&GroupDescription=d&GroupName=" + name)
        .text("groupId");
  }
  Json described(const std::string& task_arn) {
    const Json body = ask("DescribeTasks", {{"tasks", {task_arn}}});
    return body["tasks"].empty() ? Json::object() : body["tasks"][0];
  }
  /// Runs the loop until the task looks so; the events that bring it there are under way.
  Json await_status(const std::string& task_arn, const std::string& status) {
    const Deadline by = Deadline::after(std::chrono::seconds(5));
    Json task = described(task_arn);
    while (task["lastStatus"] != status && !by.has_passed()) task = described(task_arn);
    EXPECT_EQ(task["lastStatus"], status) << task.dump();
    return task;
  }
  /// Registers a definition with one container and runs it; the task's ARN.
  std::string run_one(Json definition = Json::object(), Json more = Json::object()) {
    definition["family"] = "web";
    if (!definition.contains("containerDefinitions")) {
      definition["containerDefinitions"] =
          Json::parse(R"([{"name": "app", "image": "busybox:1", "memory": 32}])");
    }
    ask("RegisterTaskDefinition", definition);
    more["taskDefinition"] = "web";
    if (definition.value("networkMode", "") == "awsvpc" && !more.contains("networkConfiguration")) {
      more["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = {"subnet-lab"};
    }
    const Json ran = ask("RunTask", more);
    if (ran["tasks"].empty()) {
      ADD_FAILURE() << ran.dump();
      return "";
    }
    return ran["tasks"][0]["taskArn"];
  }

  lab::Settings settings;
  aws::Keys keys{"AKIATEST", "secret"};
  std::string folder;
  std::uint16_t port = 0;
  SystemClock clock;
  std::unique_ptr<Loop> loop;
  std::unique_ptr<lab::Lab> lab;
  std::unique_ptr<lab::Service> service;
  std::unique_ptr<http::Server> server;
};

}  // namespace berth::testing
