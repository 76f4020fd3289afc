// watch.cpp - events to sights.
#include "agent/steps/watch.hpp"

namespace berth::steps {

namespace {

/// One event, told to the engine. Starts are known from the step that made them.
struct Tell {
  engine::Engine& engine;

  void operator()(const runtime::Started&) const {}
  void operator()(const runtime::ContainerExited& event) const {
    engine.tell(event.container_id,
                engine::ContainerExited{0, model::Exit{event.exit.code, event.exit.at}});
  }
  void operator()(const runtime::OutOfMemory& event) const {
    engine.tell(event.container_id, engine::OutOfMemory{0});
  }
  void operator()(const runtime::Gap&) const { engine.look_again(); }
};

}  // namespace

Async<> watch_events(runtime::Events& events, engine::Engine& engine) {
  while (true) {
    BERTH_CO_TRY(const runtime::Event event, co_await events.next());
    std::visit(Tell{engine}, event);
  }
}

}  // namespace berth::steps
