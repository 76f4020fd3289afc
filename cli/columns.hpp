// columns.hpp - tables for people: columns as wide as their widest cell.
#pragma once

#include <string>
#include <vector>

namespace berth::cli {

using Row = std::vector<std::string>;

/// The rows, all as long as the first, as lines.
std::string aligned(const std::vector<Row>& rows);

/// What a cell shows that would be empty.
inline std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

}  // namespace berth::cli
