// words.hpp - texts of kernel files and of programs, taken apart; sizes for people. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::doctor {

/// Lines without their ends; no line is empty.
std::vector<std::string> lines_of(std::string_view text);

bool has_word(const std::vector<std::string>& words, std::string_view word);

/// "1.5 GiB", "312 MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace berth::doctor
