// record.cpp - records to bytes and back.
#include "logs/record.hpp"

namespace berth::logs {

namespace {

static_assert(std::endian::native == std::endian::little,
              "records are written as they lie in memory");

// Offsets in the header; docs/formats/spool.md.
constexpr std::size_t kChecksumAt = 4;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kKindAt = 12;
constexpr std::size_t kFlagsAt = 13;
constexpr std::size_t kReservedAt = 14;
constexpr std::size_t kSeqAt = 16;
constexpr std::size_t kTimeAt = 24;

constexpr std::uint32_t kCastagnoli = 0x82f63b78;  // RFC 3720, section 12.1, bits reversed

// Table k gives what a byte adds when k more bytes follow it: eight bytes for one round.
struct Tables {
  std::uint32_t of[8][256];
};
constexpr Tables kTables = [] {
  Tables made{};
  auto& tables = made.of;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kCastagnoli : 0);
    tables[0][byte] = crc;
  }
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    for (std::size_t k = 1; k < 8; ++k) {
      tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 0xff];
    }
  }
  return made;
}();

template <class T>
void put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

template <class T>
T take(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::uint32_t checksum_of(const char* record, std::uint32_t length) {
  return crc32c(record + kLengthAt, kHeaderBytes - kLengthAt + length);
}

bool is_kind(std::uint8_t value) {
  return value >= 1 && value <= 3;
}

}  // namespace

std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t before) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  const auto& tables = kTables.of;
  std::uint32_t crc = ~before;
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word ^= crc;
    crc = tables[7][word & 0xff] ^ tables[6][(word >> 8) & 0xff] ^ tables[5][(word >> 16) & 0xff] ^
          tables[4][(word >> 24) & 0xff] ^ tables[3][(word >> 32) & 0xff] ^
          tables[2][(word >> 40) & 0xff] ^ tables[1][(word >> 48) & 0xff] ^ tables[0][word >> 56];
  }
  for (; size > 0; --size, ++at) crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xff];
  return ~crc;
}

void put_header(char* record, const Header& header) {
  put(record, kRecordMagic);
  put(record + kLengthAt, header.length);
  record[kKindAt] = static_cast<char>(header.kind);
  record[kFlagsAt] = static_cast<char>(header.flags);
  put(record + kReservedAt, std::uint16_t{0});
  put(record + kSeqAt, header.seq);
  put(record + kTimeAt, header.time_ns);
}

void seal_record(char* record, std::uint64_t seq) {
  put(record + kSeqAt, seq);
  put(record + kChecksumAt, checksum_of(record, take<std::uint32_t>(record + kLengthAt)));
}

Header header_of(const char* record) {
  return Header{take<std::uint32_t>(record + kLengthAt), static_cast<Kind>(record[kKindAt]),
                static_cast<std::uint8_t>(record[kFlagsAt]), take<std::uint64_t>(record + kSeqAt),
                take<std::int64_t>(record + kTimeAt)};
}

void seal_gap(char* record, const Gap& gap, std::uint64_t seq, std::int64_t time_ns) {
  char* payload = record + kHeaderBytes;
  put(payload, gap.records);
  put(payload + 8, gap.bytes);
  put(payload + 16, gap.os_errno);
  put(payload + 20, std::uint32_t{0});
  put_header(record, Header{kGapPayloadBytes, Kind::Gap, 0, seq, time_ns});
  seal_record(record, seq);
}

Found find_record(std::string_view bytes, Header& header) {
  const std::size_t seen = bytes.size() < sizeof kRecordMagic ? bytes.size() : sizeof kRecordMagic;
  if (std::memcmp(bytes.data(), &kRecordMagic, seen) != 0) return Found::Garbage;
  if (bytes.size() < kHeaderBytes) return Found::Partial;
  const auto length = take<std::uint32_t>(bytes.data() + kLengthAt);
  const auto kind = static_cast<std::uint8_t>(bytes.data()[kKindAt]);
  if (length > kMaxPayloadBytes || !is_kind(kind)) return Found::Garbage;
  if (bytes.size() < kHeaderBytes + length) return Found::Partial;
  if (take<std::uint32_t>(bytes.data() + kChecksumAt) != checksum_of(bytes.data(), length)) {
    return Found::Garbage;
  }
  header = header_of(bytes.data());
  return Found::Record;
}

std::size_t next_candidate(std::string_view bytes) {
  if (bytes.size() <= 1) return bytes.size();
  const void* at =
      std::memchr(bytes.data() + 1, static_cast<int>(kRecordMagic & 0xff), bytes.size() - 1);
  if (at == nullptr) return bytes.size();
  return static_cast<std::size_t>(static_cast<const char*>(at) - bytes.data());
}

std::optional<Gap> read_gap(std::string_view payload) {
  if (payload.size() != kGapPayloadBytes) return std::nullopt;
  return Gap{take<std::uint64_t>(payload.data()), take<std::uint64_t>(payload.data() + 8),
             take<std::uint32_t>(payload.data() + 16)};
}

std::uint64_t numbers_of(const Header& header, std::string_view payload) {
  if (header.kind != Kind::Gap) return 1;
  const std::optional<Gap> gap = read_gap(payload);
  return gap ? gap->records : 0;
}

}  // namespace berth::logs
