// units.hpp - numbers that know what they count.
#pragma once

#include <compare>
#include <cstdint>

namespace berth {

struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

/// 2^20 bytes; what ECS task definitions count memory in.
struct Mebibytes {
  std::uint64_t count = 0;
  Bytes bytes() const { return {count << 20}; }
  auto operator<=>(const Mebibytes&) const = default;
};

/// 1024 is one core; what ECS counts CPU in.
struct CpuUnits {
  std::uint64_t count = 0;
  auto operator<=>(const CpuUnits&) const = default;
};

}  // namespace berth
