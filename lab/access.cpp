// access.cpp - the lab's keys, and the two files that give them to `aws`.
#include "lab/access.hpp"

#include <sys/random.h>

#include <cerrno>
#include <optional>

#include "aws/credentials.hpp"

namespace berth::lab {

namespace {

Result<aws::Keys> make_keys(const Dir& folder) {
  aws::Keys keys;
  BERTH_TRY(const std::string id, random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
  BERTH_TRY(keys.secret_access_key,
            random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 40));
  keys.access_key_id = "AKIA" + id;
  const std::string text = "[default]\naws_access_key_id = " + keys.access_key_id +
                           "\naws_secret_access_key = " + keys.secret_access_key + "\n";
  BERTH_CHECK(folder.replace("credentials", text, 0600, true));
  return keys;
}

}  // namespace

Result<std::string> random_text(std::string_view alphabet, std::size_t length) {
  std::string text(length, '\0');
  std::size_t have = 0;
  while (have < length) {
    const ssize_t got = ::getrandom(text.data() + have, length - have, 0);
    if (got < 0) return os_error(errno, "getrandom");
    have += static_cast<std::size_t>(got);
  }
  // The alphabet's size divides 256, so every character is as likely as any other.
  for (char& c : text) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  return text;
}

std::string profile_value(const std::string& text, const std::string& key) {
  std::optional<std::string> found;
  aws::each_in_profile(text, "default", [&](std::string_view name, std::string_view value) {
    if (!found && name == key) found = value;
  });
  return found.value_or("");
}

Result<aws::Keys> load_or_make_keys(const Dir& folder, const std::string& region) {
  if (!folder.exists("config")) {
    const std::string text = "[default]\nregion = " + region + "\noutput = json\n";
    BERTH_CHECK(folder.replace("config", text, 0600));
  }
  if (!folder.exists("credentials")) return make_keys(folder);
  BERTH_TRY(const std::string text, folder.read("credentials"));
  aws::Keys keys{profile_value(text, "aws_access_key_id"),
                 profile_value(text, "aws_secret_access_key")};
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
    return Error{Errc::Invalid, 0,
                 folder.path() +
                     "/credentials: aws_access_key_id and aws_secret_access_key must be under "
                     "[default]"};
  }
  return keys;
}

}  // namespace berth::lab
