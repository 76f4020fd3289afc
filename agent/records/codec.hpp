// codec.hpp - a record as text, versioned.
#pragma once

#include <string>
#include <string_view>

#include "agent/model/record.hpp"
#include "base/result.hpp"

namespace berth::records {

/// The record as JSON. docs/formats/journal.md describes it; a field added later has a default, so
/// that older records still read.
std::string encode(const model::Record& record);

/// fails:  Broken (not a record, or one written by a newer format).
Result<model::Record> decode(std::string_view text);

/// The same for what was told of the network.
std::string encode(const model::ClusterNetwork& network);
Result<model::ClusterNetwork> decode_network(std::string_view text);

}  // namespace berth::records
