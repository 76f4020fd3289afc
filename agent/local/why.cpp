// why.cpp - timelines and explanations to JSON and back.
#include "agent/local/why.hpp"

#include <utility>

#include "agent/model/ids.hpp"
#include "base/json.hpp"

namespace berth::local {

namespace {

void put_time(Json& json, const char* name, const std::optional<WallTime>& time) {
  if (time) json[name] = time->time_since_epoch().count();
}

std::optional<WallTime> get_time(JsonReader& in, const char* name) {
  const auto count = in.maybe_integer(name);
  if (!count) return std::nullopt;
  return WallTime(std::chrono::milliseconds(*count));
}

Json encode(const model::Waiting& waiting) {
  Json json = {{"what", waiting.what}, {"then", waiting.then}};
  put_time(json, "sinceMs", waiting.since);
  put_time(json, "untilMs", waiting.until);
  return json;
}

Result<model::Waiting> decode_waiting(const Json& json) {
  JsonReader in(json, "why.waiting");
  model::Waiting waiting{in.text("what"), get_time(in, "sinceMs"), get_time(in, "untilMs"),
                         in.text("then")};
  if (auto bad = in.failed()) return *bad;
  return waiting;
}

/// The names that ECS has for them.
constexpr std::pair<const char*, std::uint64_t model::NetworkUse::*> kCounters[] = {
    {"rxBytes", &model::NetworkUse::rx_bytes},   {"rxPackets", &model::NetworkUse::rx_packets},
    {"rxErrors", &model::NetworkUse::rx_errors}, {"rxDropped", &model::NetworkUse::rx_dropped},
    {"txBytes", &model::NetworkUse::tx_bytes},   {"txPackets", &model::NetworkUse::tx_packets},
    {"txErrors", &model::NetworkUse::tx_errors}, {"txDropped", &model::NetworkUse::tx_dropped}};

Json encode(const model::NetworkUse& use) {
  Json json = Json::object();
  for (const auto& [name, counter] : kCounters) json[name] = use.*counter;
  return json;
}

Result<model::NetworkUse> decode_use(const Json& json) {
  JsonReader in(json, "why.network");
  model::NetworkUse use;
  for (const auto& [name, counter] : kCounters) {
    use.*counter = static_cast<std::uint64_t>(in.integer(name));
  }
  if (auto bad = in.failed()) return *bad;
  return use;
}

constexpr std::pair<const char*, std::uint64_t model::ResourceUse::*> kResources[] = {
    {"periods", &model::ResourceUse::periods},
    {"throttledPeriods", &model::ResourceUse::throttled_periods},
    {"memoryBytes", &model::ResourceUse::memory_bytes},
    {"cacheBytes", &model::ResourceUse::cache_bytes},
    {"processes", &model::ResourceUse::processes},
    {"readBytes", &model::ResourceUse::read_bytes},
    {"writtenBytes", &model::ResourceUse::written_bytes}};

constexpr std::pair<const char*, std::optional<model::Stall> model::ResourceUse::*> kStalls[] = {
    {"cpu", &model::ResourceUse::cpu_stall},
    {"memory", &model::ResourceUse::memory_stall},
    {"io", &model::ResourceUse::io_stall}};

Json encode(const model::ResourceUse& use) {
  Json json = {{"cpuMs", use.cpu.count()}, {"throttledMs", use.throttled.count()}};
  for (const auto& [name, counter] : kResources) json[name] = use.*counter;
  if (use.memory_limit_bytes) json["memoryLimitBytes"] = *use.memory_limit_bytes;
  for (const auto& [name, stall] : kStalls) {
    if (!(use.*stall)) continue;
    json["stalls"][name]["some"] = (use.*stall)->some;
    if ((use.*stall)->full) json["stalls"][name]["full"] = *(use.*stall)->full;
  }
  return json;
}

Result<model::ResourceUse> decode_resources(const Json& json) {
  JsonReader in(json, "why.resources");
  model::ResourceUse use;
  use.cpu = std::chrono::milliseconds(in.integer("cpuMs"));
  use.throttled = std::chrono::milliseconds(in.integer("throttledMs"));
  for (const auto& [name, counter] : kResources) {
    use.*counter = static_cast<std::uint64_t>(in.integer(name));
  }
  if (const auto limit = in.maybe_integer("memoryLimitBytes")) {
    use.memory_limit_bytes = static_cast<std::uint64_t>(*limit);
  }
  const Json* stalls = in.object("stalls");
  if (auto bad = in.failed()) return *bad;
  if (stalls == nullptr) return use;
  JsonReader of(*stalls, "why.resources.stalls");
  for (const auto& [name, stall] : kStalls) {
    const Json* one = of.object(name);
    if (one == nullptr) continue;
    JsonReader share(*one, std::string("why.resources.stalls.") + name);
    use.*stall = model::Stall{share.number("some"), share.maybe_number("full")};
    if (auto bad = share.failed()) return *bad;
  }
  if (auto bad = of.failed()) return *bad;
  return use;
}

Json encode(const model::Entry& entry) {
  Json json = {{"atMs", entry.at.time_since_epoch().count()},
               {"kind", name_of(entry.kind)},
               {"container", entry.container},
               {"text", entry.text}};
  if (entry.took) json["tookMs"] = entry.took->count();
  return json;
}

Result<model::Entry> decode_entry(const Json& json, const std::string& where) {
  JsonReader in(json, where);
  model::Entry entry;
  entry.at = WallTime(std::chrono::milliseconds(in.integer("atMs")));
  entry.container = in.text("container");
  entry.text = in.text("text");
  if (const auto took = in.maybe_integer("tookMs")) entry.took = std::chrono::milliseconds(*took);
  const std::string kind = in.text("kind");
  if (const auto known = model::entry_kind(kind)) {
    entry.kind = *known;
  } else {
    in.complain("kind", "\"" + kind + "\" is no kind of entry");
  }
  if (auto bad = in.failed()) return *bad;
  return entry;
}

}  // namespace

std::string to_json(const model::Why& why) {
  Json verdicts = Json::array();
  for (const model::Verdict& verdict : why.verdicts) {
    verdicts.push_back({{"container", verdict.container}, {"text", verdict.text}});
  }
  Json json = {{"taskArn", why.task_arn},
               {"id", model::task_id_of(why.task_arn)},
               {"status", why.status},
               {"verdicts", std::move(verdicts)}};
  put_time(json, "sinceMs", why.since);
  if (why.waiting) json["waiting"] = encode(*why.waiting);
  if (why.network) json["network"] = encode(*why.network);
  if (why.resources) json["resources"] = encode(*why.resources);
  return dump_json(json);
}

std::string to_json(const model::Timeline& timeline) {
  Json entries = Json::array();
  for (const model::Entry& entry : timeline.entries) entries.push_back(encode(entry));
  return dump_json({{"taskArn", timeline.task_arn},
                    {"entries", std::move(entries)},
                    {"gapAt", timeline.gap_at},
                    {"leftOut", timeline.left_out}});
}

Result<model::Why> read_why(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body));
  JsonReader in(json, "why");
  model::Why why;
  why.task_arn = in.text("taskArn");
  why.status = in.text("status");
  why.since = get_time(in, "sinceMs");
  if (const Json* waiting = in.object("waiting")) {
    BERTH_TRY(why.waiting, decode_waiting(*waiting));
  }
  if (const Json* use = in.object("network")) {
    BERTH_TRY(why.network, decode_use(*use));
  }
  if (const Json* use = in.object("resources")) {
    BERTH_TRY(why.resources, decode_resources(*use));
  }
  for (const Json* each : in.array("verdicts")) {
    JsonReader verdict(*each, "why.verdicts[" + std::to_string(why.verdicts.size()) + "]");
    why.verdicts.push_back({verdict.text("container"), verdict.text("text")});
    if (auto bad = verdict.failed()) return *bad;
  }
  if (auto bad = in.failed()) return *bad;
  return why;
}

Result<model::Timeline> read_timeline(std::string_view body) {
  constexpr std::size_t kMostBytes = 4 << 20;  // past what 400 entries of 300 bytes take
  BERTH_TRY(const Json json, parse_json(body, kMostBytes));
  JsonReader in(json, "timeline");
  model::Timeline timeline;
  timeline.task_arn = in.text("taskArn");
  timeline.gap_at = static_cast<std::size_t>(in.integer("gapAt"));
  timeline.left_out = in.integer("leftOut");
  for (const Json* each : in.array("entries")) {
    const std::string where = "timeline.entries[" + std::to_string(timeline.entries.size()) + "]";
    BERTH_TRY(model::Entry entry, decode_entry(*each, where));
    timeline.entries.push_back(std::move(entry));
  }
  if (auto bad = in.failed()) return *bad;
  return timeline;
}

}  // namespace berth::local
