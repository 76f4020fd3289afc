// interfaces.cpp - which NIC has to appear for which interface, and until when.
#include "agent/inbox/interfaces.hpp"

#include <algorithm>
#include <cctype>

#include "agent/inbox/names.hpp"

namespace berth::inbox {

namespace {

Result<std::string> lower_mac(std::string text, const std::string& where) {
  if (!is_mac_address(text)) {
    return Error{Errc::Invalid, 0,
                 where + ": \"" + text +
                     "\" must be the MAC address of one device, such as "
                     "02:11:22:33:44:55"};
  }
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Result<std::vector<records::Attachment>> attachments_of(const Announcement& announcement,
                                                        WallTime now, bool plugged_in) {
  std::vector<records::Attachment> all;
  for (std::size_t i = 0; i < announcement.enis.size(); ++i) {
    const protocol::ElasticNetworkInterface& eni = announcement.enis[i];
    const std::string where = "elasticNetworkInterfaces[" + std::to_string(i) + "].";
    records::Attachment one;
    BERTH_TRY(one.mac, lower_mac(eni.mac, where + "macAddress"));
    one.arn = eni.attachment_arn;
    one.task_arn = announcement.task_arn;
    one.announced_at = now;
    one.expires_at = now + announcement.wait;
    if (eni.association_protocol == "vlan" && eni.vlan) {
      BERTH_TRY(one.device, lower_mac(eni.vlan->trunk_mac,
                                      where + "interfaceVlanProperties.trunkInterfaceMacAddress"));
    } else if (plugged_in || announcement.task_arn.empty()) {
      one.device = one.mac;
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace berth::inbox
