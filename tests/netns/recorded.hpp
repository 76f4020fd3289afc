// recorded.hpp - reads the datagrams in tests/data/netns.
#pragma once

#include <fstream>
#include <string>

namespace berth::netns {

/// The bytes of one file; "" when it is not there.
inline std::string recorded(const std::string& name) {
  std::ifstream file(std::string(BERTH_TEST_DATA) + "/netns/" + name);
  std::string bytes;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    for (std::size_t at = 0; at + 1 < line.size(); at += 2) {
      bytes += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
    }
  }
  return bytes;
}

}  // namespace berth::netns
