// plain_name.hpp - the one rule for names that users give.
#pragma once

#include <string_view>

namespace berth::definition {

/// Letters, digits, '-' and '_', 1 to 255 of them: families, clusters, container names.
bool is_plain_name(std::string_view text);

}  // namespace berth::definition
