// record.hpp - one record of a spool, as bytes; docs/formats/spool.md is its page.
//
// Used by berth-logger: nothing here allocates, throws or needs the C++ library at run time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace berth::logs {

/// What a record holds.
enum class Kind : std::uint8_t {
  Stdout = 1,  ///< a line, or a part of one, from the container's standard output
  Stderr = 2,  ///< the same from its standard error
  Gap = 3,     ///< output that could not be written stood here; the payload counts it
};

/// Flags of a line; or-ed.
inline constexpr std::uint8_t kContinues = 1;  ///< the line did not end here
inline constexpr std::uint8_t kContinued = 2;  ///< the line did not begin here

inline constexpr std::uint32_t kRecordMagic = 0x015452be;  ///< bytes BE 'R' 'T' 01; 01: version
inline constexpr std::size_t kHeaderBytes = 32;
inline constexpr std::size_t kMaxPayloadBytes = 16
                                                << 10;  ///< a longer line becomes several records
inline constexpr std::size_t kMaxRecordBytes = kHeaderBytes + kMaxPayloadBytes;
inline constexpr std::size_t kGapPayloadBytes = 24;
inline constexpr std::size_t kGapBytes = kHeaderBytes + kGapPayloadBytes;

/// What stands before the payload. Every line takes one number of the spool's sequence, written or
/// not; a gap takes as many as it has records, from `seq` on.
struct Header {
  std::uint32_t length = 0;  ///< bytes of payload
  Kind kind = Kind::Stdout;
  std::uint8_t flags = 0;
  std::uint64_t seq = 0;     ///< from 1; goes on over rotation and restarts of the container
  std::int64_t time_ns = 0;  ///< CLOCK_REALTIME when its first byte was read
};

/// Payload of a Gap.
struct Gap {
  std::uint64_t records = 0;   ///< lines or parts of lines
  std::uint64_t bytes = 0;     ///< of their payload
  std::uint32_t os_errno = 0;  ///< why the first of them was not written
};

/// CRC-32C (Castagnoli) of `size` bytes, going on from `before`.
std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t before = 0);

/// Writes the header at `record`, all but its checksum.
void put_header(char* record, const Header& header);

/// Gives the record its number and its checksum; header and payload are in place.
void seal_record(char* record, std::uint64_t seq);

/// The header of a record of our own making, sealed or not.
Header header_of(const char* record);

/// Writes payload and header of a gap: kGapBytes.
void seal_gap(char* record, const Gap& gap, std::uint64_t seq, std::int64_t time_ns);

/// What stands at the beginning of some bytes of a spool.
enum class Found : std::uint8_t {
  Record,   ///< a whole one, its checksum right
  Partial,  ///< perhaps the beginning of one: more bytes are needed to tell
  Garbage,  ///< no record begins here; look for the next one with next_candidate()
};

/// Looks at the first of `bytes`. `header` is set when a record was found.
Found find_record(std::string_view bytes, Header& header);

/// Offset, at least 1, of the next place where a record might begin; bytes.size() when none.
std::size_t next_candidate(std::string_view bytes);

/// The payload of a gap; nullopt when it is not one.
std::optional<Gap> read_gap(std::string_view payload);

/// How many numbers of the sequence a record takes.
std::uint64_t numbers_of(const Header& header, std::string_view payload);

}  // namespace berth::logs
