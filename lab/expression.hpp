// expression.hpp - the cluster query language of placement constraints and list filters; pure.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::lab {

/// What an expression is asked about: the values a subject has, none when it has none.
/// Subjects: "attribute:<name>", "agentConnected", "agentVersion", "ec2InstanceId", "registeredAt",
/// "runningTasksCount", "task:group" (one value for each task).
using Subject = std::function<std::vector<std::string>(std::string_view)>;

/// A parsed expression such as `attribute:ecs.os-type == linux and not(task:group == web)`.
/// source: ECS developer guide, "Create expressions to define container instances".
class Expression {
 public:
  /// fails:  Invalid (says where).
  static Result<Expression> parse(std::string_view text);

  bool holds(const Subject& subject) const { return holds_(subject); }

 private:
  using Test = std::function<bool(const Subject&)>;
  friend class ExpressionParser;
  explicit Expression(Test test) : holds_(std::move(test)) {}

  Test holds_;
};

}  // namespace berth::lab
