// main.cpp - berth, the command line.
#include <cstdlib>
#include <iostream>

#include "cli/commands.hpp"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> words(argv + 1, argv + argc);
  return berth::cli::run(words, std::getenv("BERTH_RUN_DIR"), std::cout, std::cerr,
                         std::getenv("BERTH_CONFIG_FILE"));
}
