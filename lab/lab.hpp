// lab.hpp - what the lab knows, and the few ways to change it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
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
#include "lab/task.hpp"

namespace berth::lab {

/// The one subnet every network configuration is mapped to.
inline constexpr std::string_view kSubnet = "subnet-lab";

struct Cluster {
  std::string name;
  std::string status = "ACTIVE";  ///< ACTIVE, INACTIVE
  Json extra = Json::object();    ///< settings, configuration, ... as given
  Json tags = Json::array();
};

/// What a person may choose at start.
struct Settings {
  std::string region = "us-east-1";
  Network subnet{0x0ad50000, 16};                  ///< 10.213.0.0/16
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
  /// fails:  Invalid (made with another region or subnet, whose names and addresses are in use).
  static Result<std::unique_ptr<Lab>> open(Settings settings, const std::string& folder,
                                           Clock& clock, Nursery& nursery);

  const Settings& settings() const { return settings_; }
  const Names& names() const { return names_; }
  WallTime now() const { return clock_.wall(); }
  Clock& clock() { return clock_; }
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
  /// By ARN, or by id within the cluster; nullptr when there is none.
  Instance* find_instance(const std::string& cluster, const std::string& id_or_arn);
  /// Adds an instance with a block of the subnet. fails: LimitExceededException.
  Reply<Instance*> add_instance(Instance instance);
  /// ACTIVE again with a block of the subnet, or INACTIVE and without one.
  /// fails:  LimitExceededException.
  Reply<> activate(Instance& instance);
  Reply<> deactivate(Instance& instance);
  Reply<> keep(const Instance& instance);
  bool is_connected(const std::string& instance_arn) const { return links_.contains(instance_arn); }
  InstanceUse use_of(const Instance& instance) const;
  Candidate candidate_of(const Instance& instance) const;
  /// Live tasks of an instance, oldest first.
  std::vector<Task*> live_tasks(const std::string& instance_arn);
  /// Health of the instance as its agent last told it; null when it never did.
  Json& reported_health(const std::string& instance_arn) { return health_[instance_arn]; }

  // -- tasks --
  std::map<std::string, Task>& tasks() { return tasks_; }  ///< by id
  Task* find_task(const std::string& cluster, const std::string& id_or_arn);
  /// Takes a new task in, with its interface drawn if it wants one, and wakes its instance's link.
  /// fails:  ServerException (no free address, disk).
  Reply<Task*> add_task(Task task);
  /// Writes a changed task down, starts what its new state asks for and wakes the link. Whatever
  /// changes a task calls this after it.
  Reply<> changed(Task& task);

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
  Result<> load_tasks();
  void forget_old_tasks();
  Async<> await_attachment(std::string task_id, WallTime until);
  Async<> deprovision(std::string task_id);

  Settings settings_;
  Names names_;
  Records records_;
  Clock& clock_;
  Nursery& nursery_;
  Random random_;
  Addresses addresses_;
  std::map<std::string, Cluster> clusters_;
  Definitions definitions_;
  std::map<std::string, Instance> instances_;
  std::map<std::string, Json> health_;
  std::map<std::string, Task> tasks_;
  std::map<std::string, AgentLink*> links_;
};

/// Whatever an API call wants described, in one place.
Json describe_cluster(Lab& lab, const Cluster& cluster);
Json describe_task(Lab& lab, const Task& task);

}  // namespace berth::lab
