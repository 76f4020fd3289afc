// daemon_plan.cpp - what the daemon knows of the node, for those who ask what would come of a task.
#include "agent/config/values.hpp"
#include "agent/daemon.hpp"
#include "agent/plan/admit.hpp"

namespace berth::agent {

namespace {

const char* word_for(standing::Sender sender) {
  switch (sender) {
    case standing::Sender::AmazonEcs: return "amazon-ecs";
    case standing::Sender::ControlPlane: return "control-plane";
    case standing::Sender::File: return "file";
  }
  return "file";
}

}  // namespace

standing::Node Daemon::node_for(standing::Sender sender) const {
  standing::Node node;
  node.sender = sender;
  node.rules = rules();
  node.region = host_.config.region;
  node.facts = host_.facts;
  node.eni_driver = host_.config.eni_driver;
  for (const auto& attribute : node::attributes_for(offer_of(host_.config), host_.facts)) {
    node.attributes.push_back(attribute.name);
  }
  node.check_network = [this](const model::Task& task) { return networks_->check(task); };
  node.misfit = [this](const model::Task& task) -> std::optional<standing::Misfit> {
    const auto more = plan::misfit(plan::demand_of(task), host_.tools.admission.queue().capacity());
    if (!more) return std::nullopt;
    return standing::Misfit{more->member, more->words};
  };
  node.waits_for = [this](const model::Task& task) {
    return host_.tools.admission.queue().missing(plan::demand_of(task));
  };
  return node;
}

local::PlanView Daemon::plan_for(const std::string& definition, bool is_of_a_file) const {
  const config::Config& config = host_.config;
  const standing::Sender sender = is_of_a_file ? standing::Sender::File
                                  : config::is_of_aws(config.backend_url)
                                      ? standing::Sender::AmazonEcs
                                      : standing::Sender::ControlPlane;
  const standing::Review review = standing::review(definition, node_for(sender));
  local::PlanView view;
  view.sender = word_for(sender);
  view.from = is_of_a_file ? config.tasks_dir : config.backend_url;
  view.refusal = review.refusal;
  view.waits_for = review.waits_for;
  if (takes_none() && review.refusal.empty()) {
    view.refusal = engine::kDraining;
    view.waits_for.clear();
  }
  for (const standing::Remark& one : review.remarks) {
    view.remarks.push_back({one.path, std::string(standing::name_of(one.fate)), one.words});
  }
  return view;
}

}  // namespace berth::agent
