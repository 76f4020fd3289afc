// user.cpp - who a container runs as.
#include "runtime/user.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace berth::runtime {

namespace {

constexpr std::uint32_t kMostId = 2147483647;  // source: Docker, "uids and gids must be in range"

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The number if the whole text is one, whatever its size.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (failure == std::errc::result_out_of_range) return UINT64_MAX;
  if (failure != std::errc()) return std::nullopt;
  return value;
}

struct Entry {
  std::string_view name;
  std::uint32_t id = 0;
  std::uint32_t gid = 0;                  ///< passwd only
  std::vector<std::string_view> members;  ///< group only
};

/// Lines that are not entries are passed over, as every reader of these files does.
template <class Visit>
void for_each_entry(std::string_view text, bool is_passwd, Visit visit) {
  for (std::string_view line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 3 || fields[0].empty() || fields[0].front() == '#') continue;
    const auto id = number(fields[2]);
    if (!id || *id > UINT32_MAX) continue;
    Entry entry{fields[0], static_cast<std::uint32_t>(*id), 0, {}};
    if (fields.size() > 3 && is_passwd) {
      entry.gid = static_cast<std::uint32_t>(number(fields[3]).value_or(0));
    } else if (fields.size() > 3) {
      entry.members = split(fields[3], ',');
    }
    visit(entry);
  }
}

Result<std::uint32_t> numeric_id(std::string_view text, const char* what, const char* file) {
  const auto id = number(text);
  if (!id) {
    return Error{
        Errc::Invalid, 0,
        "no " + std::string(what) + " \"" + std::string(text) + "\" in the image's " + file};
  }
  if (*id > kMostId) {
    return Error{Errc::Invalid, 0,
                 std::string(what) + " " + std::string(text) + ": must be within 0-2147483647"};
  }
  return static_cast<std::uint32_t>(*id);
}

}  // namespace

Result<User> resolve_user(std::string_view wanted, const UserDatabase& database) {
  const auto colon = wanted.find(':');
  const std::string_view name = wanted.substr(0, colon);
  const std::string_view group =
      colon == std::string_view::npos ? std::string_view() : wanted.substr(colon + 1);

  User user;
  std::string_view known_as;
  const auto wanted_uid = name.empty() ? std::optional<std::uint64_t>(0) : number(name);
  for_each_entry(database.passwd, true, [&](const Entry& entry) {
    const bool is_it = entry.name == name || (wanted_uid && *wanted_uid == entry.id);
    if (!is_it || !known_as.empty()) return;
    known_as = entry.name;
    user.uid = entry.id;
    user.gid = entry.gid;
  });
  if (known_as.empty() && !name.empty()) {
    BERTH_TRY(user.uid, numeric_id(name, "user", "/etc/passwd"));
  }

  if (!group.empty()) {
    const auto wanted_gid = number(group);
    bool is_known = false;
    for_each_entry(database.group, false, [&](const Entry& entry) {
      const bool is_it = entry.name == group || (wanted_gid && *wanted_gid == entry.id);
      if (!is_it || is_known) return;
      is_known = true;
      user.gid = entry.id;
    });
    if (!is_known) {
      BERTH_TRY(user.gid, numeric_id(group, "group", "/etc/group"));
    }
  }

  // The primary group stands among the others too, else a process could drop it and with it a
  // denial that goes by group (CVE-2022-36109).
  user.additional_gids.push_back(user.gid);
  if (group.empty() && !known_as.empty()) {
    for_each_entry(database.group, false, [&](const Entry& entry) {
      const bool is_member =
          std::find(entry.members.begin(), entry.members.end(), known_as) != entry.members.end();
      const bool is_there = std::find(user.additional_gids.begin(), user.additional_gids.end(),
                                      entry.id) != user.additional_gids.end();
      if (is_member && !is_there) user.additional_gids.push_back(entry.id);
    });
  }
  return user;
}

}  // namespace berth::runtime
