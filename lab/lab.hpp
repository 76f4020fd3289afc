// lab.hpp - what the lab knows, and the few ways to change it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/nursery.hpp"
#include "base/random.hpp"
#include "lab/addresses.hpp"
#include "lab/definitions.hpp"
#include "lab/fault.hpp"
#include "lab/instance.hpp"
#include "lab/names.hpp"
#include "lab/placement.hpp"
#include "lab/records.hpp"
#include "lab/security_group.hpp"
#include "lab/task.hpp"

namespace berth::lab {

/// What is there from the first start.
inline constexpr std::string_view kVpc = "vpc-lab";
inline constexpr std::string_view kSubnet = "subnet-lab";
inline constexpr std::string_view kDefaultGroup = "sg-lab";

struct Cluster {
  std::string name;
  std::string status = "ACTIVE";  ///< ACTIVE, INACTIVE
  Json extra = Json::object();    ///< settings, configuration, ... as given
  Json tags = Json::array();
};

/// What a person may choose at start.
struct Settings {
  std::string region = "us-east-1";
  Prefix subnet{{32, 0x0ad50000}, 16};  ///< of subnet-lab: 10.213.0.0/16
  /// Its IPv6 prefix, or "none". Absent: as at the first start, and drawn from fd00::/8 then.
  std::optional<std::string> subnet_ipv6;
  std::chrono::milliseconds attach_wait{300'000};  ///< waitTimeoutMs; then the task fails
  std::chrono::milliseconds detach{200};           ///< how long DEPROVISIONING can be seen
  std::chrono::seconds heartbeat{30};              ///< on both sessions; agents want 60 at most
  std::chrono::seconds resend{10};                 ///< a message not acknowledged is sent again
};

/// The other end of an agent's session, as the rest of the lab sees it.
class AgentLink {
 public:
  virtual ~AgentLink() = default;
  /// There may be something to tell.
  virtual void wake() = 0;
  /// The session is to end: another one took its place, or the instance is gone.
  virtual void hang_up() = 0;
};

/// The control plane's state and its invariants: whatever changes a record goes through here, is
/// written down and told to whom it concerns. One for the program; loop thread only.
class Lab {
 public:
  /// Reads the records below `folder` and goes on where they end.
  ///
  /// fails:  Invalid (made with another region or subnet-lab, whose names and addresses are in
  /// use).
  static Result<std::unique_ptr<Lab>> open(Settings settings, const std::string& folder,
                                           Clock& clock, Nursery& nursery);

  const Settings& settings() const { return settings_; }
  const Names& names() const { return names_; }
  WallTime now() const { return clock_.wall(); }
  Clock& clock() const { return clock_; }
  Random& random() { return random_; }
  Nursery& nursery() { return nursery_; }

  // -- clusters --
  std::map<std::string, Cluster>& clusters() { return clusters_; }
  /// By name or ARN, "" is `default`. fails: ClusterNotFoundException (also when INACTIVE).
  Reply<Cluster*> find_cluster(const std::string& name_or_arn);
  Reply<> keep(const Cluster& cluster);

  // -- definitions --
  Definitions& definitions() { return definitions_; }
  Reply<> keep(const Definition& definition);

  // -- instances --
  std::map<std::string, Instance>& instances() { return instances_; }  ///< by ARN
  const std::map<std::string, Instance>& instances() const { return instances_; }
  /// By ARN, or by id within the cluster; nullptr when there is none.
  Instance* find_instance(const std::string& cluster, const std::string& id_or_arn);
  Reply<Instance*> add_instance(Instance instance);
  /// INACTIVE, its blocks given back.
  Reply<> deactivate(Instance& instance);
  Reply<> keep(const Instance& instance);
  bool is_connected(const std::string& instance_arn) const { return links_.contains(instance_arn); }
  InstanceUse use_of(const Instance& instance) const;
  /// subnets: which of them could give a task its address; they are there.
  Candidate candidate_of(const Instance& instance, const std::vector<std::string>& subnets) const;
  /// Live tasks of an instance, oldest first.
  std::vector<Task*> live_tasks(const std::string& instance_arn);
  /// Health of the instance as its agent last told it; null when it never did.
  Json& reported_health(const std::string& instance_arn) { return health_[instance_arn]; }

  // -- tasks --
  std::map<std::string, Task>& tasks() { return tasks_; }  ///< by id
  const std::map<std::string, Task>& tasks() const { return tasks_; }
  Task* find_task(const std::string& cluster, const std::string& id_or_arn);
  /// Takes a new task in, with its interface drawn if it wants one, and wakes its instance's link.
  /// fails:  ServerException (no free address, disk).
  Reply<Task*> add_task(Task task);
  /// Writes a changed task down, starts what its new state asks for and wakes the link. Whatever
  /// changes a task calls this after it.
  Reply<> changed(Task& task);

  // -- network, in lab_network.cpp --
  const std::map<std::string, Addresses>& subnets() const { return subnets_; }    ///< by id
  const std::map<std::string, SecurityGroup>& groups() const { return groups_; }  ///< by id
  /// With an id of its own.
  Reply<Subnet> add_subnet(Subnet subnet);
  /// No task's interface is in it.
  Reply<> remove_subnet(const std::string& id);
  /// With an id of its own, and EC2's default: everything may leave.
  Reply<SecurityGroup> add_group(SecurityGroup group);
  /// Takes the place of the one with its id, and is told to whom it concerns.
  Reply<> change_group(SecurityGroup group);
  /// No task's interface has it, and no rule of another names it.
  Reply<> remove_group(const std::string& id);
  /// Where an agent's session comes from, and where it found the lab. To be kept by the caller.
  void note_address(Instance& instance, std::string own, std::string lab_address);
  /// Has every agent told what of it is news.
  void network_changed();
  /// Grows with each change of groups, members, blocks or addresses; not over restarts.
  std::uint64_t network_revision() const { return network_revision_; }
  /// "eni-0..." as EC2 makes its ids.
  std::string fresh_id(const char* kind) { return kind + ("0" + random_.hex(16)); }

  // -- sessions --
  void connect(const std::string& instance_arn, AgentLink& link);
  void disconnect(const std::string& instance_arn, AgentLink& link);
  void hang_up(const std::string& instance_arn);
  /// The number of the next message to an agent: above all earlier ones, over restarts, too.
  std::int64_t next_seq_num(Instance& instance);

 private:
  Lab(Settings settings, Records records, Clock& clock, Nursery& nursery);
  Result<> load();
  Result<> check_origin();
  Result<> load_network();
  Result<> load_tasks();
  void forget_old_tasks();
  std::vector<Rule> open_egress();
  /// A task that became live or ceased to be makes its groups others.
  Reply<> note_membership(const Task& task);
  /// Why none of the subnets has an address for the instance; nullopt when one has.
  std::optional<std::string> no_address(const Instance& instance,
                                        const std::vector<std::string>& subnets) const;
  Reply<Interface> draw_interface(Instance& instance, const Task& task);
  void give_back(const Interface& interface);
  std::string fresh_mac();
  Async<> await_attachment(std::string task_id, WallTime until);
  Async<> deprovision(std::string task_id);

  Settings settings_;
  Names names_;
  Records records_;
  Clock& clock_;
  Nursery& nursery_;
  Random random_;
  std::map<std::string, Cluster> clusters_;
  Definitions definitions_;
  std::map<std::string, Instance> instances_;
  std::map<std::string, Json> health_;
  std::map<std::string, Task> tasks_;
  std::map<std::string, Addresses> subnets_;
  std::map<std::string, SecurityGroup> groups_;
  std::set<std::string> members_;  ///< ids of the live tasks with security groups
  std::uint64_t network_revision_ = 0;
  std::map<std::string, AgentLink*> links_;
};

/// Whatever an API call wants described, in one place.
Json describe_cluster(Lab& lab, const Cluster& cluster);
Json describe_task(Lab& lab, const Task& task);

}  // namespace berth::lab
