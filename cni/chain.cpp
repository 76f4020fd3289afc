// chain.cpp - one call for each plugin.
#include "cni/chain.hpp"

#include <sys/vfs.h>

#include "base/text.hpp"
#include "cni/request.hpp"
#include "cni/run.hpp"
#include "cni/version.hpp"
#include "cni/words.hpp"

namespace berth::cni {

namespace {

constexpr auto kNamespaceMagic = 0x6e736673;  // source: linux/magic.h, NSFS_MAGIC

/// A pin may be there without its namespace, or not at all.
bool is_namespace(const std::string& path) {
  struct statfs found{};
  return !path.empty() && ::statfs(path.c_str(), &found) == 0 && found.f_type == kNamespaceMagic;
}

Result<std::string> ask(const Programs& programs, Verb verb, const Derived& derived,
                        const Attachment* attachment, Deadline by) {
  const std::string& type = derived.plugin.type;
  BERTH_TRY(std::string program, programs.find(type));
  const Call call{type, std::move(program), verb,
                  environment_for(verb, attachment, programs.directories()), config_for(derived)};
  BERTH_TRY(const Said said, run_plugin(call, by));
  return judge(type, verb, said);
}

Result<Attached> understood(const std::string& type, const std::string& answer) {
  const std::string who = "plugin " + type + ", ADD";
  if (trimmed(answer).empty())
    return Error{Errc::Broken, 0, who + ": it ended well, but said nothing"};
  Result<Attached> attached = parse_attached(answer);
  if (attached) return attached;
  return Error{Errc::Broken, 0,
               who + ": it said what is no result: " + attached.error().message + ": " +
                   on_one_line(answer, 160)};
}

void keep_first(Result<> outcome, Result<>& first) {
  if (first && !outcome) first = std::move(outcome);
}

}  // namespace

Result<Attached> add_all(const Programs& programs, const Kept& kept, Deadline by) {
  Attached attached;
  for (const Plugin& plugin : kept.list.plugins) {
    Derived derived{kept.list, plugin, kept.version, &kept.attachment.wishes};
    derived.previous = &attached.document;
    BERTH_TRY(const std::string answer, ask(programs, Verb::Add, derived, &kept.attachment, by));
    BERTH_TRY(attached, understood(plugin.type, answer));
    if (!attached.document.contains("cniVersion")) {
      attached.document["cniVersion"] = kept.version;
    }
  }
  return attached;
}

Result<> remove_all(const Programs& programs, const Kept& kept, Deadline by) {
  Attachment attachment = kept.attachment;
  if (!is_namespace(attachment.netns)) attachment.netns.clear();
  const bool tells_result = kept.attached && is_at_least(kept.version, "0.4.0");
  Result<> first = ok();
  const auto& plugins = kept.list.plugins;
  for (auto plugin = plugins.rbegin(); plugin != plugins.rend(); ++plugin) {
    Derived derived{kept.list, *plugin, kept.version, &attachment.wishes};
    if (tells_result) derived.previous = &kept.attached->document;
    Result<std::string> answer = ask(programs, Verb::Del, derived, &attachment, by);
    if (answer || answer.failed_with(Errc::NotFound)) {
      // A program that is gone is no answer.
      const auto there = programs.find(plugin->type);
      keep_first(there ? ok() : Result<>(there.error()), first);
      continue;
    }
    keep_first(std::move(answer).error(), first);
  }
  return first;
}

Result<> check_all(const Programs& programs, const Kept& kept, Deadline by) {
  for (const Plugin& plugin : kept.list.plugins) {
    Derived derived{kept.list, plugin, kept.version, &kept.attachment.wishes};
    derived.previous = &kept.attached->document;
    BERTH_CHECK(ask(programs, Verb::Check, derived, &kept.attachment, by));
  }
  return ok();
}

Result<> ask_all(const Programs& programs, const NetworkList& list, const std::string& version,
                 const std::vector<Attachment>* valid, Deadline by) {
  const Verb verb = valid != nullptr ? Verb::Gc : Verb::Status;
  Result<> first = ok();
  for (const Plugin& plugin : list.plugins) {
    Derived derived{list, plugin, version};
    derived.valid = valid;
    Result<std::string> answer = ask(programs, verb, derived, nullptr, by);
    keep_first(answer ? ok() : Result<>(std::move(answer).error()), first);
  }
  return first;
}

}  // namespace berth::cni
