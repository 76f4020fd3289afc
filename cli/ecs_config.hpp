// ecs_config.hpp - ecs.config as text: the lines of berth join, put in and taken out; pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace berth::cli {

/// KEY to value, of those that join sets: ECS_CLUSTER, ECS_BACKEND_HOST, AWS_DEFAULT_REGION,
/// AWS_SHARED_CREDENTIALS_FILE, AWS_CA_BUNDLE, ECS_EXTERNAL. Values have no line breaks.
using JoinedSettings = std::map<std::string, std::string>;

/// What join has set in the file; empty when it has set nothing.
JoinedSettings joined_in(std::string_view text);

/// The file with these settings in the place of those that join had set before. They stand in a
/// block of their own at the end. Lines of a person's that would contradict them (the same key;
/// with a credentials file also keys and profiles) are kept, as comments. All else stays as it is.
std::string with_joined(std::string_view text, const JoinedSettings& settings);

/// The file as it would be without join: its block is gone, a person's lines are in force again.
std::string without_joined(std::string_view text);

}  // namespace berth::cli
