// progress.cpp - progress, result and error as lines of JSON.
#include "images/progress.hpp"

#include "base/json.hpp"

namespace berth::images {

std::string line_of(const Progress& progress) {
  return dump_json({{"type", "progress"},
                    {"phase", progress.phase},
                    {"done_bytes", progress.done_bytes},
                    {"total_bytes", progress.total_bytes},
                    {"layers_done", progress.layers_done},
                    {"layers_total", progress.layers_total}});
}

std::string line_of(const Pulled& pulled) {
  return dump_json({{"type", "result"},
                    {"name", pulled.name},
                    {"digest", pulled.digest},
                    {"chain_id", pulled.chain_id},
                    {"bytes", pulled.bytes}});
}

std::string line_of(const Error& error) {
  return dump_json({{"type", "error"}, {"code", name_of(error.code)}, {"message", error.message}});
}

}  // namespace berth::images
