// probe.hpp - is an address of a LAN in use by somebody else?
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "netns/lan_ear.hpp"

namespace berth::netns {

/// How long an answer is waited for, from the first question on. RFC 5227 would have 5 s to 7 s; a
/// task should not wait for that, and what is missed is heard later.
inline constexpr std::chrono::milliseconds kProbeLasts{200};
/// When it is asked, besides at the beginning.
inline constexpr std::chrono::milliseconds kAskedAgain[] = {std::chrono::milliseconds(60),
                                                            std::chrono::milliseconds(120)};

/// Asks for some addresses of one link at once, without claiming them: nobody's tables change. It
/// waits for nothing; whoever has it waits, asks again, and judges. One thread at a time.
class Probe {
 public:
  /// In the namespace of the calling thread. The first questions are on their way then.
  ///
  /// own:     the hardware address that the addresses will have.
  /// besides: those that are not asked for, but heard of.
  /// fails:   NotFound (no such link), Denied, Exhausted (descriptors).
  static Result<Probe> begin(std::uint32_t link, const MacAddress& own,
                             const std::vector<IpAddress>& addresses,
                             const std::vector<IpAddress>& besides = {});

  /// Sends the questions once more. A link that carries nothing is a success: nobody is there.
  Result<> ask();

  /// Becomes readable when there is something to hear.
  int fd() const { return any_.get(); }

  /// Who has one of the addresses, or asks for it at the same time; nullopt: nobody said so until
  /// now. source: RFC 5227, section 2.1.1; RFC 4862, section 5.4.3.
  Result<std::optional<Claim>> hear();
  /// Everything that was said until now, which hear() does not tell again.
  Result<std::vector<Claim>> hear_all();

 private:
  struct Asked {
    LanEar ear;
    std::vector<IpAddress> addresses;
  };
  Result<> add(std::uint32_t link, const MacAddress& own, std::vector<IpAddress> asked,
               const std::vector<IpAddress>& heard);

  UniqueFd any_;     ///< readable as soon as one of the ears is
  UniqueFd member_;  ///< of the groups that an owner of IPv6 addresses is asked by
  std::vector<Asked> asked_;
};

/// "address 192.0.2.7 is in use by 02:..": for people.
std::string in_use_text(const Claim& claim);

}  // namespace berth::netns
