// lab_network.cpp - the few ways to change subnets, security groups and who has which address.
#include <algorithm>

#include "lab/lab.hpp"

namespace berth::lab {

namespace {

constexpr std::string_view kAllIpv4 = "0.0.0.0/0";
constexpr std::string_view kAllIpv6 = "::/0";

/// A /56 that nobody else is likely to have. source: RFC 4193, 3.2.
Prefix drawn_ipv6(Random& random) {
  const std::string id = random.hex(10);
  const std::string text =
      "fd" + id.substr(0, 2) + ":" + id.substr(2, 4) + ":" + id.substr(6, 4) + "::/56";
  return *parse_prefix(text);
}

}  // namespace

Result<> Lab::check_origin() {
  Json made;
  BERTH_CHECK(records_.load("origin", [&made](const Json& record) {
    made = record;
    return ok();
  }));
  const bool knows_ipv6 = made.is_object() && made.contains("subnetIpv6");
  if (!settings_.subnet_ipv6) {
    settings_.subnet_ipv6 = knows_ipv6 ? made.value("subnetIpv6", "") : drawn_ipv6(random_).text();
  }
  const Json own = {{"region", settings_.region},
                    {"subnet", settings_.subnet.text()},
                    {"subnetIpv6", *settings_.subnet_ipv6}};
  if (made.is_object() && !knows_ipv6) made["subnetIpv6"] = *settings_.subnet_ipv6;
  if (made.is_null() || made == own) return records_.save("origin", "", own);
  return Error{Errc::Invalid, 0,
               "the data directory was made with --region " + made.value("region", "") +
                   " --subnet " + made.value("subnet", "") + " --subnet-ipv6 " +
                   made.value("subnetIpv6", "") + "; start with these, or with another --data"};
}

Result<> Lab::load_network() {
  Subnet own{std::string(kSubnet), settings_.subnet, std::nullopt, Json::array()};
  if (*settings_.subnet_ipv6 != "none") {
    BERTH_TRY(own.ipv6, parse_prefix(*settings_.subnet_ipv6));
  }
  subnets_.emplace(own.id, Addresses(own));
  BERTH_CHECK(records_.load("subnet", [this](const Json& record) -> Result<> {
    BERTH_TRY(Subnet subnet, subnet_from_record(record));
    subnets_.emplace(subnet.id, Addresses(subnet));
    return ok();
  }));
  BERTH_CHECK(records_.load("group", [this](const Json& record) -> Result<> {
    BERTH_TRY(SecurityGroup group, group_from_record(record));
    groups_[group.id] = std::move(group);
    return ok();
  }));
  if (groups_.contains(std::string(kDefaultGroup))) return ok();
  SecurityGroup group;
  group.id = kDefaultGroup;
  group.name = "default";
  group.description = "default VPC security group";
  Rule from_itself = everything(fresh_id("sgr-"), "");
  from_itself.group_id = group.id;
  group.ingress = {from_itself};
  group.egress = open_egress();
  BERTH_CHECK(records_.save("group", group.id, to_record(group)));
  groups_[group.id] = std::move(group);
  return ok();
}

std::vector<Rule> Lab::open_egress() {
  return {everything(fresh_id("sgr-"), std::string(kAllIpv4)),
          everything(fresh_id("sgr-"), std::string(kAllIpv6))};
}

Reply<Subnet> Lab::add_subnet(Subnet subnet) {
  subnet.id = fresh_id("subnet-");
  BERTH_CHECK(records_.save("subnet", subnet.id, to_record(subnet)));
  subnets_.emplace(subnet.id, Addresses(subnet));
  return subnet;
}

Reply<> Lab::remove_subnet(const std::string& id) {
  for (auto& [arn, instance] : instances_) {
    if (instance.blocks.erase(id) > 0) BERTH_CHECK(keep(instance));
  }
  BERTH_CHECK(records_.forget("subnet", id));
  subnets_.erase(id);
  network_changed();
  return done();
}

Reply<SecurityGroup> Lab::add_group(SecurityGroup group) {
  group.id = fresh_id("sg-");
  group.egress = open_egress();
  BERTH_CHECK(records_.save("group", group.id, to_record(group)));
  groups_[group.id] = group;
  return group;
}

Reply<> Lab::change_group(SecurityGroup group) {
  ++group.version;
  BERTH_CHECK(records_.save("group", group.id, to_record(group)));
  groups_[group.id] = std::move(group);
  network_changed();
  return done();
}

Reply<> Lab::remove_group(const std::string& id) {
  BERTH_CHECK(records_.forget("group", id));
  groups_.erase(id);
  return done();
}

void Lab::network_changed() {
  ++network_revision_;
  for (const auto& [arn, link] : links_) link->wake();
}

Reply<> Lab::note_membership(const Task& task) {
  if (!task.interface || task.interface->groups.empty()) return done();
  const bool is_new =
      task.is_live() ? members_.insert(task.id).second : members_.erase(task.id) > 0;
  if (!is_new) return done();
  for (const std::string& id : task.interface->groups) {
    const auto group = groups_.find(id);
    if (group != groups_.end()) BERTH_CHECK(change_group(group->second));
  }
  return done();
}

std::optional<std::string> Lab::no_address(const Instance& instance,
                                           const std::vector<std::string>& subnets) const {
  std::string all;
  for (const std::string& id : subnets) {
    const auto block = instance.blocks.find(id);
    const auto why =
        subnets_.at(id).obstacle(block == instance.blocks.end() ? std::optional<std::uint32_t>()
                                                                : std::optional(block->second));
    if (!why) return std::nullopt;
    all += (all.empty() ? "" : "; ") + *why;
  }
  if (all.empty()) return std::nullopt;
  return all;
}

Reply<Interface> Lab::draw_interface(Instance& instance, const Task& task) {
  const std::vector<std::string> wanted = task.subnets();
  const auto chosen = std::find_if(wanted.begin(), wanted.end(), [&](const std::string& id) {
    return !no_address(instance, {id});
  });
  if (chosen == wanted.end()) {
    return Fault{"ServerException", no_address(instance, wanted).value_or("no subnet")};
  }
  Addresses& addresses = subnets_.at(*chosen);
  if (!instance.blocks.contains(*chosen)) {
    BERTH_TRY(instance.blocks[*chosen], addresses.take_block());
    BERTH_CHECK(keep(instance));
    network_changed();
  }
  BERTH_TRY(const Place place, addresses.draw(instance.blocks.at(*chosen)));

  Interface interface;
  interface.attachment_id = random_.uuid();
  interface.attachment_arn = names_.arn("attachment", interface.attachment_id);
  interface.eni_id = fresh_id("eni-");
  interface.mac = fresh_mac();
  interface.subnet = *chosen;
  interface.groups = task.security_groups();
  interface.attach_by = now() + settings_.attach_wait;
  if (const auto block = addresses.subnet().ipv4_block(place.block)) {
    interface.address = host_address(*block, place.host);
    interface.gateway = host_address(*block, Subnet::kGatewayHost);
    interface.prefix = block->length;
  }
  if (const auto block = addresses.subnet().ipv6_block(place.block)) {
    interface.ipv6_address = host_address(*block, place.host);
    interface.ipv6_gateway = host_address(*block, Subnet::kGatewayHost);
    interface.ipv6_prefix = block->length;
  }
  return interface;
}

void Lab::give_back(const Interface& interface) {
  const auto subnet = subnets_.find(interface.subnet);
  if (subnet != subnets_.end()) subnet->second.give_back(interface.addresses().front());
}

std::string Lab::fresh_mac() {
  std::string mac;
  auto is_taken = [&mac](const auto& one) {
    return one.second.interface && one.second.interface->mac == mac;
  };
  do {
    mac = "0a";  // bit 1 set: locally administered; bit 0 clear: unicast
    const std::string digits = random_.hex(10);
    for (std::size_t at = 0; at < digits.size(); at += 2) mac += ":" + digits.substr(at, 2);
  } while (std::any_of(tasks_.begin(), tasks_.end(), is_taken));
  return mac;
}

void Lab::note_address(Instance& instance, std::string own, std::string lab_address) {
  if (instance.address == own && instance.lab_address == lab_address) return;
  instance.address = std::move(own);
  instance.lab_address = std::move(lab_address);
  network_changed();
}

}  // namespace berth::lab
