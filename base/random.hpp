// random.hpp - jitter and ids, seedable.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace berth {

/// Randomness for jitter and identifiers; not for keys. Default seed from the kernel.
class Random {
 public:
  Random() : engine_(std::random_device{}()) {}
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(engine_);
  }
  double unit() { return std::uniform_real_distribution<double>(0.0, 1.0)(engine_); }

  /// `digits` lower-case hexadecimal digits.
  std::string hex(std::size_t digits) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text(digits, '0');
    for (char& c : text) c = kDigits[below(16)];
    return text;
  }

  /// A version 4 UUID, "f47ac10b-58cc-4372-a567-0e02b2c3d479".
  std::string uuid() {
    std::string text = hex(32);
    text[12] = '4';
    text[16] = "89ab"[below(4)];
    for (std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, 1, '-');
    return text;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace berth
