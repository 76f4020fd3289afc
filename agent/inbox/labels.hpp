// labels.hpp - what labels of berth's have in common: where one stands, how numbers are written;
// pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::inbox {

/// "containerDefinitions[0].dockerLabels.berth.pids.max".
std::string label_at(std::size_t container, std::string_view label);

/// A whole number from `least` to `most`, with k, M or G for `step`, its square and its cube.
///
/// step:    1000, or 1024 where bytes are counted; 0 allows no letter.
/// nullopt: it is none, or not within the two.
std::optional<std::uint64_t> number_in(std::string_view text, std::uint64_t least,
                                       std::uint64_t most, std::uint64_t step = 0);

}  // namespace berth::inbox
