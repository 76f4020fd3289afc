// words.hpp - texts of kernel files and of programs, taken apart; sizes for people. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::doctor {

/// Without what is blank at either end.
std::string trimmed(std::string_view text);

/// Lines without their ends; what stands between blanks.
std::vector<std::string> lines_of(std::string_view text);
std::vector<std::string> words_of(std::string_view line);

bool has_word(const std::vector<std::string>& words, std::string_view word);

/// "1.5 GiB", "312 MiB".
std::string size_text(std::uint64_t bytes);

/// "a, b, c"; "none" of nothing.
std::string listed(const std::vector<std::string>& words);

}  // namespace berth::doctor
