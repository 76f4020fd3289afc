// record_test.cpp - records as bytes.
#include "logs/record.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth::logs {
namespace {

std::string record(const std::string& payload, std::uint64_t seq) {
  std::string bytes(kHeaderBytes, '\0');
  bytes += payload;
  put_header(bytes.data(), Header{static_cast<std::uint32_t>(payload.size()), Kind::Stderr,
                                  kContinues, 0, 1'700'000'000'123'456'789});
  seal_record(bytes.data(), seq);
  return bytes;
}

TEST(Crc32c, AgreesWithPublishedVectors) {
  // RFC 3720, appendix B.4; and the check value of CRC-32/ISCSI.
  EXPECT_EQ(crc32c("123456789", 9), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0').data(), 32), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff').data(), 32), 0x62a8ab43u);
  EXPECT_EQ(crc32c("6789", 4, crc32c("12345", 5)), 0xe3069283u);
}

TEST(Record, HasTheBytesOfItsPage) {
  const std::string bytes = record("hi", 0x0102030405060708);

  EXPECT_EQ(bytes.substr(0, 4),
            "\xbe"
            "RT\x01");
  EXPECT_EQ(bytes.substr(8, 8), std::string("\x02\0\0\0\x02\x01\0\0", 8));
  EXPECT_EQ(bytes.substr(16, 8), "\x08\x07\x06\x05\x04\x03\x02\x01");
  EXPECT_EQ(bytes.substr(32), "hi");
}

TEST(Record, IsFoundAgain) {
  const std::string bytes = record("payload", 42) + "more";
  Header header;

  ASSERT_EQ(find_record(bytes, header), Found::Record);

  EXPECT_EQ(header.length, 7u);
  EXPECT_EQ(header.kind, Kind::Stderr);
  EXPECT_EQ(header.flags, kContinues);
  EXPECT_EQ(header.seq, 42u);
  EXPECT_EQ(header.time_ns, 1'700'000'000'123'456'789);
}

TEST(Record, AsksForMoreWhereverItIsCutOff) {
  const std::string bytes = record("payload", 42);
  Header header;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(find_record(bytes.substr(0, size), header), Found::Partial) << size << " bytes";
  }
}

TEST(Record, IsRefusedWhenAnyBitIsWrong) {
  const std::string whole = record("payload", 42);
  Header header;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole + std::string(kMaxPayloadBytes, '\0');
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(find_record(bytes, header), Found::Garbage) << "bit " << bit;
  }
}

TEST(Record, CandidatesAreWhereTheMagicBegins) {
  EXPECT_EQ(next_candidate(""), 0u);
  EXPECT_EQ(next_candidate("\xbe"), 1u);
  EXPECT_EQ(next_candidate("\xbe"
                           "ab\xbe"),
            3u);
  EXPECT_EQ(next_candidate("abcd"), 4u);
}

TEST(Gap, IsReadBackAndTakesItsNumbers) {
  char bytes[kGapBytes];
  seal_gap(bytes, Gap{7, 700, 28}, 100, 5);
  Header header;

  ASSERT_EQ(find_record({bytes, sizeof bytes}, header), Found::Record);

  const std::string_view payload(bytes + kHeaderBytes, header.length);
  const auto gap = read_gap(payload);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->records, 7u);
  EXPECT_EQ(gap->bytes, 700u);
  EXPECT_EQ(gap->os_errno, 28u);
  EXPECT_EQ(header.seq, 100u);
  EXPECT_EQ(numbers_of(header, payload), 7u);
}

}  // namespace
}  // namespace berth::logs
