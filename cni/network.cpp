// network.cpp - written down, then done; done, then crossed out.
#include "cni/network.hpp"

#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "cni/capability.hpp"
#include "cni/chain.hpp"
#include "cni/folder.hpp"
#include "cni/version.hpp"

namespace berth::cni {

namespace {

Result<> check_capabilities(const NetworkList& list, const Wishes& wishes) {
  const std::vector<std::string> missing = lacking(list, wishes);
  if (missing.empty()) return ok();
  return Error{Errc::Invalid, 0,
               "no plugin of network " + list.name + " (" + list.file + ") has the capability " +
                   listed(missing)};
}

}  // namespace

Result<NetworkList> Network::load() const {
  BERTH_TRY(NetworkList list, find_network(settings_.config_dir, settings_.network));
  for (const Plugin& plugin : list.plugins) {
    for (const std::string& type : {plugin.type, plugin.ipam_type}) {
      if (type.empty()) continue;
      Result<std::string> found = programs_->find(type);
      if (!found) return std::move(found).error().while_doing(list.file);
    }
  }
  return list;
}

Result<std::string> Network::version_for(const NetworkList& list, Deadline by) const {
  std::vector<Known> known;
  for (const Plugin& plugin : list.plugins) {
    BERTH_TRY(std::vector<std::string> versions, programs_->versions_of(plugin.type, by));
    known.push_back({plugin.type, std::move(versions)});
  }
  Result<std::string> version = common_version(list.versions, known);
  if (!version) return std::move(version).error().while_doing(list.file);
  return version;
}

Result<Attached> Network::add(const Attachment& attachment) const {
  const Deadline by = Deadline::after(settings_.limits.add);
  BERTH_CHECK(cni::check(attachment));
  BERTH_TRY(NetworkList list, load());
  BERTH_CHECK(check_capabilities(list, attachment.wishes));
  BERTH_TRY(std::string version, version_for(list, by));
  BERTH_CHECK(remove(attachment.container));
  Kept kept{std::move(list), std::move(version), attachment, std::nullopt};
  BERTH_CHECK(book_.keep(kept));
  BERTH_CRASH_POINT("cni.noted");
  Result<Attached> attached = add_all(*programs_, kept, by);
  if (!attached) {
    BERTH_CHECK(fail_back(attachment, attached.error()));
    return attached;
  }
  BERTH_CRASH_POINT("cni.added");
  kept.attached = *attached;
  BERTH_CHECK(book_.keep(kept));
  BERTH_CRASH_POINT("cni.kept");
  return attached;
}

Result<> Network::note(const std::string& container, const HostEnd& end) const {
  BERTH_TRY(std::optional<Kept> kept, book_.find(container));
  if (!kept) return Error{Errc::NotFound, 0, container + " is not attached"};
  if (kept->host_end == end) return ok();
  kept->host_end = end;
  BERTH_CHECK(book_.keep(*kept));
  BERTH_CRASH_POINT("cni.end-kept");
  return ok();
}

Result<> Network::fail_back(const Attachment& attachment, const Error& why) const {
  Result<> removed = remove(attachment.container);
  if (removed) return ok();
  Error both = why;
  both.message += "; and what was made could not be taken back: " + removed.error().message;
  return both;
}

Result<> Network::remove(const std::string& container) const {
  BERTH_TRY(const std::optional<Kept> kept, book_.find(container));
  if (!kept) return ok();
  BERTH_CHECK(remove_all(*programs_, *kept, Deadline::after(settings_.limits.del)));
  BERTH_CRASH_POINT("cni.removed");
  BERTH_CHECK(book_.forget(container));
  BERTH_CRASH_POINT("cni.forgotten");
  return ok();
}

Result<> Network::check(const std::string& container) const {
  BERTH_TRY(const std::optional<Kept> kept, book_.find(container));
  if (!kept || !kept->attached) {
    return Error{Errc::NotFound, 0, container + " is not attached"};
  }
  if (!kept->list.checks || !is_at_least(kept->version, "0.4.0")) return ok();
  return check_all(*programs_, *kept, Deadline::after(settings_.limits.other));
}

Result<> Network::status() const {
  const Deadline by = Deadline::after(settings_.limits.other);
  BERTH_TRY(const NetworkList list, load());
  BERTH_TRY(const std::string version, version_for(list, by));
  if (!is_at_least(version, "1.1.0")) return ok();
  return ask_all(*programs_, list, version, nullptr, by);
}

Result<> Network::collect() const {
  const Deadline by = Deadline::after(settings_.limits.other);
  BERTH_TRY(const NetworkList list, load());
  BERTH_TRY(const std::string version, version_for(list, by));
  if (!list.collects || !is_at_least(version, "1.1.0")) return ok();
  BERTH_TRY(const std::vector<std::string> containers, book_.containers());
  std::vector<Attachment> valid;
  for (const std::string& container : containers) {
    BERTH_TRY(const std::optional<Kept> kept, book_.find(container));
    if (kept && kept->list.name == list.name) valid.push_back(kept->attachment);
  }
  return ask_all(*programs_, list, version, &valid, by);
}

}  // namespace berth::cni
