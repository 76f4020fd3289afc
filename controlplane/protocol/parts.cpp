// parts.cpp - structures that several messages carry, to JSON and back.
#include "controlplane/protocol/parts.hpp"

#include <sys/socket.h>

#include "controlplane/protocol/address_text.hpp"
#include "controlplane/protocol/fields.hpp"
#include "controlplane/protocol/parts_read.hpp"

namespace berth::protocol {

std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  // 10xxxxxx continues a character: the cut goes before the byte that began it.
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

namespace {

Result<InterfaceAddress> read_address(const Json& value, std::string where,
                                      const char* address_name) {
  Fields in(value, std::move(where));
  InterfaceAddress address{in.boolean("primary"), in.required(address_name)};
  return read_or_complaint(in, std::move(address));
}

Result<InterfaceAddress> read_ipv4(const Json& value, std::string where) {
  return read_address(value, std::move(where), "privateAddress");
}

Result<InterfaceAddress> read_ipv6(const Json& value, std::string where) {
  return read_address(value, std::move(where), "address");
}

Result<VlanProperties> read_vlan(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  VlanProperties vlan{in.required("vlanId"), in.required("trunkInterfaceMacAddress")};
  return read_or_complaint(in, std::move(vlan));
}

void check_gateway(Fields& in, const char* name, const std::string& gateway, int family) {
  if (family_of_prefix(gateway) == family) return;
  in.complain(name, Json(gateway).dump() + " must be an address with its prefix length");
}

void check_eni(Fields& in, const ElasticNetworkInterface& eni) {
  const std::string& protocol = eni.association_protocol;
  if (!protocol.empty() && protocol != "default" && protocol != "vlan") {
    in.complain("interfaceAssociationProtocol",
                Json(protocol).dump() + " must be \"default\" or \"vlan\"");
  }
  if (protocol == "vlan" && !eni.vlan) {
    in.complain("interfaceVlanProperties", "is required for protocol \"vlan\"");
  }
  if (!eni.ipv4.empty()) {
    check_gateway(in, "subnetGatewayIpv4Address", eni.gateway_ipv4, AF_INET);
  } else if (eni.ipv6.empty()) {
    in.complain("ipv4Addresses", "at least one address is required");
  }
  if (!eni.ipv6.empty() && (eni.ipv4.empty() || !eni.gateway_ipv6.empty())) {
    check_gateway(in, "subnetGatewayIpv6Address", eni.gateway_ipv6, AF_INET6);
  }
}

Json address_json(const InterfaceAddress& address, const char* address_name) {
  return Json{{"primary", address.primary}, {address_name, address.address}};
}

Result<std::pair<std::string, std::string>> read_property(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  std::pair<std::string, std::string> property{in.text("name"), in.text("value")};
  return read_or_complaint(in, std::move(property));
}

}  // namespace

Result<ElasticNetworkInterface> read_eni(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ElasticNetworkInterface eni;
  eni.attachment_arn = in.text("attachmentArn");
  eni.ec2_id = in.required("ec2Id");
  eni.mac = in.required("macAddress");
  eni.index = in.integer("index");
  eni.association_protocol = in.text("interfaceAssociationProtocol");
  eni.vlan = in.part("interfaceVlanProperties", read_vlan);
  eni.ipv4 = in.list("ipv4Addresses", read_ipv4);
  eni.ipv6 = in.list("ipv6Addresses", read_ipv6);
  eni.domain_name = in.texts("domainName");
  eni.domain_name_servers = in.texts("domainNameServers");
  eni.private_dns_name = in.text("privateDnsName");
  eni.gateway_ipv4 = in.text("subnetGatewayIpv4Address");
  eni.gateway_ipv6 = in.text("subnetGatewayIpv6Address");
  eni.name = in.text("name");
  eni.berth = in.part("berth", read_berth_interface);
  if (!in.failed()) check_eni(in, eni);
  return read_or_complaint(in, std::move(eni));
}

template <>
Result<ElasticNetworkInterface> decode(const Json& value) {
  return read_eni(value, "elasticNetworkInterface");
}

Json encode(const ElasticNetworkInterface& eni) {
  Json out{{"ec2Id", eni.ec2_id}, {"macAddress", eni.mac}, {"index", eni.index}};
  put(out, "attachmentArn", eni.attachment_arn);
  put(out, "interfaceAssociationProtocol", eni.association_protocol);
  if (eni.vlan) {
    out["interfaceVlanProperties"] = {{"vlanId", eni.vlan->vlan_id},
                                      {"trunkInterfaceMacAddress", eni.vlan->trunk_mac}};
  }
  put_list(out, "ipv4Addresses", eni.ipv4,
           [](const InterfaceAddress& one) { return address_json(one, "privateAddress"); });
  put_list(out, "ipv6Addresses", eni.ipv6,
           [](const InterfaceAddress& one) { return address_json(one, "address"); });
  put(out, "domainName", eni.domain_name);
  put(out, "domainNameServers", eni.domain_name_servers);
  put(out, "privateDnsName", eni.private_dns_name);
  put(out, "subnetGatewayIpv4Address", eni.gateway_ipv4);
  put(out, "subnetGatewayIpv6Address", eni.gateway_ipv6);
  put(out, "name", eni.name);
  if (eni.berth) out["berth"] = encode(*eni.berth);
  return out;
}

Result<RoleCredentials> read_credentials(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  RoleCredentials credentials;
  credentials.credentials_id = in.required("credentialsId");
  credentials.role_arn = in.text("roleArn");
  credentials.access_key_id = in.text("accessKeyId");
  credentials.secret_access_key = in.text("secretAccessKey");
  credentials.session_token = in.text("sessionToken");
  credentials.expiration = in.text("expiration");
  credentials.credential_scope = in.text("credentialScope");
  if (auto bad = in.failed()) {
    // The reader quotes the value it complains about; here that could be a key.
    return Error{Errc::Invalid, 0,
                 in.where() + ": must have a credentialsId, and only strings as members"};
  }
  return credentials;
}

template <>
Result<RoleCredentials> decode(const Json& value) {
  return read_credentials(value, "roleCredentials");
}

Json encode(const RoleCredentials& credentials) {
  Json out{{"credentialsId", credentials.credentials_id},
           {"roleArn", credentials.role_arn},
           {"accessKeyId", credentials.access_key_id},
           {"secretAccessKey", credentials.secret_access_key},
           {"sessionToken", credentials.session_token},
           {"expiration", credentials.expiration}};
  put(out, "credentialScope", credentials.credential_scope);
  return out;
}

Result<ResourceAttachment> read_attachment(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ResourceAttachment attachment;
  attachment.arn = in.text("attachmentArn");
  attachment.type = in.text("attachmentType");
  attachment.properties = in.list("attachmentProperties", read_property);
  return read_or_complaint(in, std::move(attachment));
}

template <>
Result<ResourceAttachment> decode(const Json& value) {
  return read_attachment(value, "attachment");
}

Json encode(const ResourceAttachment& attachment) {
  auto property_json = [](const std::pair<std::string, std::string>& property) {
    return Json{{"name", property.first}, {"value", property.second}};
  };
  return Json{{"attachmentArn", attachment.arn},
              {"attachmentType", attachment.type},
              {"attachmentProperties", list_json(attachment.properties, property_json)}};
}

Result<Tag> read_tag(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  Tag tag{in.text("key"), in.text("value")};
  return read_or_complaint(in, std::move(tag));
}

template <>
Result<Tag> decode(const Json& value) {
  return read_tag(value, "tag");
}

Json encode(const Tag& tag) {
  return Json{{"key", tag.key}, {"value", tag.value}};
}

}  // namespace berth::protocol
