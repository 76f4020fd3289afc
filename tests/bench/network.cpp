// network.cpp - berth-bench-network: making a task's network, beside the bare messages to the
// kernel for the same objects; and what passes it, beside a plain veth.
//
// Plays in network and mount namespaces of its own. Prints one JSON object: milliseconds of each
// network made, in turns so that both meet the same machine, and gigabits per second of TCP.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/dir.hpp"
#include "firewall/nftables.hpp"
#include "firewall/table.hpp"
#include "netns/address.hpp"
#include "netns/drivers/any.hpp"
#include "netns/forwarding.hpp"
#include "netns/link.hpp"
#include "netns/network.hpp"
#include "netns/sysctl.hpp"

namespace berth::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace netns;  // what is measured

constexpr std::uint16_t kPort = 8080;
constexpr std::chrono::seconds kTransfer{3};
constexpr const char* kDevice = "raw0";
constexpr const char* kParent = "parent";

/// What a benchmark cannot go on without.
template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "berth-bench-network: %s\n", result.error().text().c_str());
  std::exit(1);
}
void must(const Result<>& result) {
  if (result) return;
  std::fprintf(stderr, "berth-bench-network: %s\n", result.error().text().c_str());
  std::exit(1);
}
void must_os(bool is_done, const char* what) {
  if (is_done) return;
  std::perror(what);
  std::exit(1);
}

double milliseconds(const std::function<void()>& work) {
  const Clock::time_point begin = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

OwnInterface interface(int number) {
  OwnInterface own;
  own.mac = derived_mac(0x02, std::to_string(number));
  own.ipv4 = must(parse_ip_interface("10.213.1." + std::to_string(number) + "/24"));
  own.ipv4_gateway = must(parse_ip("10.213.1.1"));
  return own;
}

firewall::Device device_of(const std::string& name, const OwnInterface& own) {
  firewall::Device device;
  device.name = name;
  device.mac = text_of(own.mac);
  device.addresses.push_back(text_of(own.ipv4->address));
  return device;
}

/// libnftables kept loaded, as a program has it that uses it all the time.
class KeptNftables {
 public:
  KeptNftables()
      : library_(::dlopen("libnftables.so.1", RTLD_NOW)),
        run_(reinterpret_cast<decltype(run_)>(::dlsym(library_, "nft_run_cmd_from_buffer"))),
        context_(reinterpret_cast<decltype(&::nft_ctx_new)>(::dlsym(library_, "nft_ctx_new"))(0)) {}

  void run(const std::string& text) { must_os(run_(context_, text.c_str()) == 0, "nftables"); }

 private:
  void* library_;
  decltype(&::nft_run_cmd_from_buffer) run_;
  nft_ctx* context_;
};

/// The namespace, the pair, its two sides, the elements of the table: nothing looked at, nothing
/// that could be made again.
void make_raw(KeptNftables& nft, Netlink& host, const OwnInterface& own) {
  Namespace made;
  std::thread([&] {
    must_os(::unshare(CLONE_NEWNET) == 0, "unshare");
    must_os(::mount("/proc/thread-self/ns/net", "/run/raw", "none", MS_BIND, nullptr) == 0, "pin");
    made.fd = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    made.netlink = must(open_netlink());
  }).join();
  VethPair pair{.name = kDevice,
                .mac = derived_mac(0xfe, kDevice),
                .mtu = 1500,
                .peer_name = "eth0",
                .peer_mac = own.mac,
                .peer_netns = made.fd.get()};
  must(host.change({veth_request(pair), link_change_request({.name = kDevice,
                                                             .alias = "berth--raw",
                                                             .routes_loopback = false,
                                                             .ignores_arp = true})}));
  const std::uint32_t outer = must(find_link(host, kDevice)).index;
  const std::uint32_t inner = 2;  // the first device of a fresh namespace beside loopback
  must(made.netlink->change(
      {link_change_request({.name = "lo", .up = true}),
       link_change_request({.name = "eth0", .up = true}),
       address_request(inner, {own.ipv4->address, 32}),
       neighbour_request(inner, *own.ipv4_gateway, pair.mac),
       route_request({.to = {}, .via = own.ipv4_gateway, .link = inner, .onlink = true})}));
  must(host.change({address_request(outer, {*own.ipv4_gateway, 32}),
                    neighbour_request(outer, own.ipv4->address, own.mac),
                    route_request({.to = {own.ipv4->address, 32}, .link = outer})}));
  nft.run(must(firewall::text_to_add("raw", device_of(kDevice, own))));
}

void remove_raw(KeptNftables& nft, Netlink& host, const OwnInterface& own) {
  nft.run(must(firewall::text_to_remove("raw", device_of(kDevice, own))));
  must(delete_link(host, kDevice));
  must_os(::umount2("/run/raw", MNT_DETACH) == 0, "unpin");
}

struct Host {
  Pins pins{"/run/netns", "berth"};
  AnyDriver driver{"berth", pins};
  firewall::Table table{{.table = "berth"}};
  std::unique_ptr<Netlink> netlink;
};

void enter_host(Host& host) {
  must_os(::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "unshare: needs root");
  must_os(::mount("", "/", "none", MS_PRIVATE | MS_REC, nullptr) == 0, "mount");
  must_os(::mount("none", "/run", "tmpfs", 0, nullptr) == 0, "mount");
  must(host.pins.make_directory());
  must_os(::close(::open("/run/raw", O_CREAT | O_RDONLY | O_CLOEXEC, 0444)) == 0, "/run/raw");
  host.netlink = must(open_netlink());
  must(host.netlink->change(link_change_request({.name = "lo", .up = true})));
  const Dir proc_sys = must(Dir::open("/proc/sys"));
  for (const auto& setting : must(forwarding_settings(proc_sys, false))) {
    must(set_sysctl(proc_sys, setting.key, setting.value));
  }
}

nlohmann::json time_networks(Host& host, int rounds) {
  const OwnInterface own = interface(2);
  const std::string name(32, 'a');
  KeptNftables nft;
  nft.run(must(firewall::text_of({.table = "raw"})));
  const firewall::KeepNftables as_while_tasks_come_and_go;
  std::vector<double> raw, berth;
  for (int round = 0; round <= rounds; ++round) {
    const double bare = milliseconds([&] { make_raw(nft, *host.netlink, own); });
    remove_raw(nft, *host.netlink, own);
    const double ours = milliseconds([&] {
      must(host.table.add(device_of(host_end_name(name), own)));
      must(create_network(host.pins, host.driver, name, own));
    });
    must(remove_network(host.pins, host.driver, name));
    must(host.table.remove(host_end_name(name)));
    if (round == 0) continue;  // the first makes the table, and everything warm
    raw.push_back(bare);
    berth.push_back(ours);
  }
  nft.run("delete table inet raw");
  return {{"raw", raw}, {"berth", berth}};
}

/// What the macvlans stand on, with a LAN that has nobody else.
void add_parent(Host& host) {
  const Namespace lan = must(host.pins.create("lan"));
  must(host.netlink->change({veth_request({.name = kParent,
                                           .mac = derived_mac(0x02, kParent),
                                           .mtu = 1500,
                                           .peer_name = kParent,
                                           .peer_mac = derived_mac(0x02, "lan"),
                                           .peer_netns = lan.fd.get()}),
                             link_change_request({.name = kParent, .up = true})}));
  must(lan.netlink->change(link_change_request({.name = kParent, .up = true})));
  const std::uint32_t parent = must(find_link(*host.netlink, kParent)).index;
  must(host.netlink->change(address_request(parent, must(parse_ip_interface("10.215.1.9/24")))));
}

nlohmann::json time_gateways(Host& host, int rounds) {
  add_parent(host);
  OwnInterface own = interface(2);
  own.ipv4 = must(parse_ip_interface("10.215.1.2/24"));
  own.ipv4_gateway = must(parse_ip("10.215.1.1"));
  own.access = Macvlan{kParent};
  const std::string name(32, 'c');
  const firewall::KeepNftables as_while_tasks_come_and_go;
  std::vector<double> took;
  for (int round = 0; round <= rounds; ++round) {
    firewall::Table inner({.table = "berth", .is_of_gateway = true});
    firewall::Device device = device_of(host_end_name(name), own);
    device.is_known_outside = true;
    firewall::Device leg = device;
    leg.mac = text_of(leg_mac(name));
    const double one = milliseconds([&] {
      must(create_namespaces(host.pins, name));
      const Namespace gateway = must(host.pins.open(gateway_name(name)));
      must(run_inside(gateway.fd.get(), [&] { return inner.add(device); }));
      must(host.table.add(leg));
      must(create_network(host.pins, host.driver, name, own));
    });
    must(remove_network(host.pins, host.driver, name));
    must(host.table.remove(host_end_name(name)));
    if (round > 0) took.push_back(one);
  }
  return took;
}

void in_namespace(const Namespace& where, const std::function<void()>& work) {
  must_os(::setns(where.fd.get(), CLONE_NEWNET) == 0, "setns");
  work();
}

/// Sends as fast as it goes; gigabits per second of payload that arrived.
double transfer(const Namespace& from, const Namespace& to, const std::string& address) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(kPort);
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  const auto* target = reinterpret_cast<const sockaddr*>(&where);
  UniqueFd listener;
  std::thread([&] {
    in_namespace(to, [&] {
      const int on = 1;
      listener = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      must_os(::bind(listener.get(), target, sizeof where) == 0, "bind");
      must_os(::listen(listener.get(), 1) == 0, "listen");
    });
  }).join();
  std::jthread sender([&] {
    in_namespace(from, [&] {
      const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      must_os(::connect(socket.get(), target, sizeof where) == 0, "connect");
      const std::vector<char> bytes(256 * 1024);
      const Clock::time_point end = Clock::now() + kTransfer;
      while (Clock::now() < end && ::send(socket.get(), bytes.data(), bytes.size(), 0) > 0) {
      }
    });
  });
  const UniqueFd connection(::accept(listener.get(), nullptr, nullptr));
  std::vector<char> bytes(256 * 1024);
  double total = 0;
  const double took = milliseconds([&] {
    for (ssize_t got = 1; got > 0; total += static_cast<double>(got)) {
      got = ::recv(connection.get(), bytes.data(), bytes.size(), 0);
    }
  });
  return total * 8 / (took * 1e6);
}

double through_the_host(Host& host) {
  std::vector<Namespace> tasks;
  for (const int number : {2, 3}) {
    const std::string name = std::to_string(number) + std::string(31, 'b');
    must(host.table.add(device_of(host_end_name(name), interface(number))));
    must(create_network(host.pins, host.driver, name, interface(number)));
    tasks.push_back(must(host.pins.open(name)));
  }
  return transfer(tasks[0], tasks[1], "10.213.1.3");
}

double through_a_plain_veth(Host& host) {
  const Namespace one = must(host.pins.create("plain-1"));
  const Namespace other = must(host.pins.create("plain-2"));
  must(one.netlink->change(veth_request({.name = "eth0",
                                         .mac = derived_mac(0x02, "one"),
                                         .mtu = 1500,
                                         .peer_name = "eth0",
                                         .peer_mac = derived_mac(0x02, "other"),
                                         .peer_netns = other.fd.get()})));
  int last = 1;
  for (const Namespace* end : {&one, &other}) {
    const IpInterface address =
        must(parse_ip_interface("10.214.1." + std::to_string(last++) + "/24"));
    must(end->netlink->change(
        {address_request(must(find_link(*end->netlink, "eth0")).index, address),
         link_change_request({.name = "eth0", .up = true})}));
  }
  return transfer(one, other, "10.214.1.2");
}

int measure(int rounds) {
  Host host;
  enter_host(host);
  nlohmann::json found = time_networks(host, rounds);
  found["gateway"] = time_gateways(host, rounds);
  found["Gbit/s, plain veth"] = through_a_plain_veth(host);
  found["Gbit/s, two tasks"] = through_the_host(host);
  std::printf("%s\n", found.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) {
  const int rounds = argc == 2 ? std::atoi(argv[1]) : 0;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: berth-bench-network ROUNDS\n");
    return 2;
  }
  return berth::bench::measure(rounds);
}
