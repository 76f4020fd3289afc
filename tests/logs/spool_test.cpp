// spool_test.cpp - what the writer wrote is what the reader reads.
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

#include <csignal>
#include <memory>

#include "logs/spool_writer.hpp"
#include "tests/logs/scratch.hpp"

namespace berth::logs {
namespace {

using Texts = std::vector<std::string>;

std::unique_ptr<SpoolWriter> open_writer(const std::string& directory, SpoolLimits limits = {}) {
  auto writer = std::make_unique<SpoolWriter>(directory.c_str(), limits);
  EXPECT_EQ(writer->open(), 0);
  return writer;
}

void append(SpoolWriter& writer, std::string_view text, Kind kind = Kind::Stdout) {
  writer.append(kind, Frame{text, 1'700'000'000'000'000'000, 0});
}

void write_lines(SpoolWriter& writer, int from, int to, const std::string& filling = "") {
  for (int i = from; i < to; ++i) append(writer, std::to_string(i) + filling);
  writer.flush();
}

// Every write past `bytes` of a file fails with EFBIG while this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(Spool, GivesBackWhatWasWritten) {
  Scratch scratch;
  const std::string directory = scratch.path("deep/er/spool");
  auto writer = open_writer(directory);
  append(*writer, "hello");
  append(*writer, "oops", Kind::Stderr);
  writer->flush();

  const auto entries = read_all(directory);

  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].text, "hello");
  EXPECT_EQ(entries[0].kind, Kind::Stdout);
  EXPECT_EQ(entries[0].time_ns, 1'700'000'000'000'000'000);
  EXPECT_EQ(entries[1].text, "oops");
  EXPECT_EQ(entries[1].kind, Kind::Stderr);
  EXPECT_EQ(entries[1].seq, 2u);
  EXPECT_EQ(std::filesystem::status(directory).permissions(), std::filesystem::perms::owner_all);
}

TEST(Spool, CountsOnOverARestart) {
  Scratch scratch;
  write_lines(*open_writer(scratch.path()), 0, 3);

  write_lines(*open_writer(scratch.path()), 3, 5);

  const auto entries = read_all(scratch.path());
  EXPECT_EQ(texts_of(entries), (Texts{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(entries.back().seq, 5u);
  EXPECT_EQ(spool_files(scratch.path()).size(), 1u);
}

TEST(Spool, RotatesWithinItsBounds) {
  Scratch scratch;
  const std::string filling(1000, 'x');
  auto writer = open_writer(scratch.path(), {kMinFileBytes, 3});

  write_lines(*writer, 0, 1000, filling);

  const auto files = spool_files(scratch.path());
  EXPECT_EQ(files.size(), 3u);
  for (const auto& file : files) EXPECT_LE(std::filesystem::file_size(file), kMinFileBytes) << file;
  const auto entries = read_all(scratch.path());
  EXPECT_GT(entries.size(), 2 * kMinFileBytes / (kHeaderBytes + 1004));
  EXPECT_EQ(entries.back().text, "999" + filling);
  EXPECT_EQ(entries.back().seq, 1000u);
  for (const Entry& entry : entries) EXPECT_EQ(entry.missed, 0u);
}

TEST(Spool, CountsWhatRotatedAwayUnderAReader) {
  Scratch scratch;
  const std::string filling(1000, 'x');
  auto writer = open_writer(scratch.path(), {kMinFileBytes, 2});
  write_lines(*writer, 0, 10, filling);
  SpoolReader reader = open_reader(scratch.path());
  ASSERT_EQ(read_all(reader).size(), 10u);
  const Position position = reader.position();

  write_lines(*writer, 10, 2000, filling);

  SpoolReader resumed = open_reader(scratch.path(), position);
  const auto entries = read_all(resumed);
  ASSERT_FALSE(entries.empty());
  EXPECT_GT(entries.front().missed, 0u);
  EXPECT_EQ(entries.front().missed + entries.size(), 1990u);
}

TEST(Spool, ReadsAFileToItsEndAfterItWasRemoved) {
  Scratch scratch;
  const std::string filling(1000, 'x');
  auto writer = open_writer(scratch.path(), {kMinFileBytes, 2});
  write_lines(*writer, 0, 50, filling);
  SpoolReader reader = open_reader(scratch.path());
  ASSERT_TRUE(reader.next());

  write_lines(*writer, 50, 300, filling);

  const auto entries = read_all(reader);
  EXPECT_EQ(entries.front().text, "1" + filling);
  EXPECT_EQ(entries.back().text, "299" + filling);
}

TEST(Spool, GoesOnWhereAPositionPoints) {
  Scratch scratch;
  auto writer = open_writer(scratch.path());
  write_lines(*writer, 0, 3);
  SpoolReader first = open_reader(scratch.path());
  read_all(first);

  write_lines(*writer, 3, 5);

  SpoolReader second = open_reader(scratch.path(), first.position());
  EXPECT_EQ(texts_of(read_all(second)), (Texts{"3", "4"}));
  EXPECT_EQ(texts_of(read_all(first)), (Texts{"3", "4"}));
}

TEST(Spool, StartsOverWhenASpoolBeganAnew) {
  Scratch scratch;
  write_lines(*open_writer(scratch.path()), 0, 3);

  SpoolReader reader = open_reader(scratch.path(), Position{9, 5000, 400});

  const auto entries = read_all(reader);
  EXPECT_EQ(texts_of(entries), (Texts{"0", "1", "2"}));
  EXPECT_EQ(entries.front().missed, 0u);
}

TEST(Spool, SkipsATornTailWhereverItIsCut) {
  Scratch whole;
  write_lines(*open_writer(whole.path()), 0, 3);
  const std::string file = spool_files(whole.path()).front();
  const auto size = std::filesystem::file_size(file);
  const auto record = size / 3;
  for (std::uintmax_t cut = 1; cut < record; ++cut) {
    Scratch scratch;
    const std::string torn = scratch.path("spool.1");
    std::filesystem::copy_file(file, torn);
    std::filesystem::resize_file(torn, size - cut);

    write_lines(*open_writer(scratch.path()), 7, 9);

    EXPECT_EQ(texts_of(read_all(scratch.path())), (Texts{"0", "1", "7", "8"}))
        << cut << " bytes cut";
  }
}

TEST(Spool, SkipsBlocksThatALossOfPowerLeftEmpty) {
  Scratch scratch;
  write_lines(*open_writer(scratch.path()), 0, 3);
  append_to(scratch.path("spool.1"), std::string(100'000, '\0'));

  write_lines(*open_writer(scratch.path()), 3, 5);

  SpoolReader reader = open_reader(scratch.path());
  const auto entries = read_all(reader);
  EXPECT_EQ(texts_of(entries), (Texts{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(entries.back().seq, 5u);
  EXPECT_EQ(reader.skipped_bytes(), 100'000u);
}

TEST(Spool, TellsWhatADamagedRecordTookWithIt) {
  Scratch scratch;
  write_lines(*open_writer(scratch.path()), 0, 3);
  const std::string path = scratch.path("spool.1");
  const auto record = std::filesystem::file_size(path) / 3;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(record + kHeaderBytes));
  file.put('?');
  file.close();

  const auto entries = read_all(scratch.path());

  EXPECT_EQ(texts_of(entries), (Texts{"0", "2"}));
  EXPECT_EQ(entries.back().missed, 1u);
}

TEST(Spool, LeavesARecordAloneThatIsStillBeingWritten) {
  Scratch whole;
  write_lines(*open_writer(whole.path()), 0, 2);
  const std::string bytes = read_file(spool_files(whole.path()).front()).value();
  Scratch scratch;
  append_to(scratch.path("spool.1"), bytes.substr(0, bytes.size() - 1));
  SpoolReader reader = open_reader(scratch.path());
  ASSERT_EQ(texts_of(read_all(reader)), (Texts{"0"}));

  append_to(scratch.path("spool.1"), bytes.substr(bytes.size() - 1));

  EXPECT_EQ(texts_of(read_all(reader)), (Texts{"1"}));
  EXPECT_EQ(reader.skipped_bytes(), 0u);
}

TEST(Spool, CountsWhatADiskRefused) {
  Scratch scratch;
  const std::string filling(1000, 'x');
  auto writer = open_writer(scratch.path());
  SpoolReader follower = open_reader(scratch.path());
  std::vector<Entry> followed;
  auto follow = [&] {
    for (Entry& entry : read_all(follower)) followed.push_back(std::move(entry));
  };
  {
    FileSizeLimit limit(100'000);
    for (int i = 0; i < 200; ++i) {
      write_lines(*writer, i, i + 1, filling);
      follow();
    }
  }
  EXPECT_GT(writer->dropped_records(), 0u);
  EXPECT_FALSE(writer->wants_retry()) << "the gap is told at once";

  write_lines(*writer, 200, 210, filling);

  follow();
  const auto entries = read_all(scratch.path());
  std::uint64_t lines = 0;
  std::uint64_t dropped = 0;
  for (const Entry& entry : entries) {
    EXPECT_EQ(entry.missed, 0u) << "at " << entry.seq;
    if (entry.kind == Kind::Gap) {
      dropped += entry.gap.records;
      EXPECT_EQ(entry.gap.os_errno, static_cast<unsigned>(EFBIG));
      EXPECT_NEAR(static_cast<double>(entry.gap.bytes) / static_cast<double>(entry.gap.records),
                  1002.5, 0.5);
    } else {
      ++lines;
    }
  }
  EXPECT_EQ(dropped, writer->dropped_records());
  EXPECT_EQ(lines + dropped, 210u);
  EXPECT_EQ(entries.back().text, "209" + filling);

  // Whoever followed saw the gap before it had grown to its size: the rest is missed numbers.
  std::uint64_t accounted = 0;
  for (const Entry& entry : followed)
    accounted += entry.missed + std::max<std::uint64_t>(1, entry.gap.records);
  EXPECT_EQ(accounted, 210u);
  EXPECT_EQ(followed.back().text, "209" + filling);
}

TEST(Spool, KeepsTheGapWhenTheWriterEndsOnAFullDisk) {
  Scratch scratch;
  {
    FileSizeLimit limit(100'000);
    auto writer = open_writer(scratch.path());
    write_lines(*writer, 0, 200, std::string(1000, 'x'));
    writer->finish();
  }

  write_lines(*open_writer(scratch.path()), 200, 201);

  const auto entries = read_all(scratch.path());
  EXPECT_EQ(entries.back().text, "200");
  EXPECT_EQ(entries.back().seq, 201u);
  EXPECT_EQ(entries.back().missed, 0u);
  EXPECT_EQ(entries[entries.size() - 2].kind, Kind::Gap);
}

TEST(Spool, CountsWhatCameBeforeItsDirectoryCouldBeMade) {
  Scratch scratch;
  const std::string blocked = scratch.path("file");
  append_to(blocked, "in the way");
  const std::string directory = blocked + "/spool";
  SpoolWriter writer(directory.c_str(), {});
  EXPECT_EQ(writer.open(), ENOTDIR);
  write_lines(writer, 0, 100, std::string(1000, 'x'));
  EXPECT_TRUE(writer.wants_retry());
  std::filesystem::remove(blocked);

  writer.finish();

  const auto entries = read_all(directory);
  ASSERT_EQ(entries.front().kind, Kind::Gap);
  EXPECT_EQ(entries.front().gap.records, writer.dropped_records());
  EXPECT_EQ(entries.front().gap.os_errno, static_cast<unsigned>(ENOTDIR));
  EXPECT_EQ(entries.front().gap.records + entries.size() - 1, 100u);
  EXPECT_EQ(entries.back().seq, 100u);
}

TEST(Spool, MakesItsDirectoryAgainWhenItWasRemoved) {
  Scratch scratch;
  const std::string directory = scratch.path("spool");
  const std::string filling(1000, 'x');
  auto writer = open_writer(directory, {kMinFileBytes, 2});
  write_lines(*writer, 0, 10, filling);
  std::filesystem::remove_all(directory);

  write_lines(*writer, 10, 1000, filling);

  EXPECT_EQ(read_all(directory).back().text, "999" + filling);
}

TEST(Spool, HasOneWriterAtATime) {
  Scratch scratch;
  auto first = open_writer(scratch.path());
  SpoolReader reader = open_reader(scratch.path());
  const std::string directory = scratch.path();
  SpoolWriter second(directory.c_str(), {});
  EXPECT_EQ(second.open(), EAGAIN);
  EXPECT_TRUE(reader.has_writer());
  append(second, "later");
  second.flush();
  append(*first, "sooner");
  first->finish();

  first.reset();
  second.flush();

  EXPECT_EQ(texts_of(read_all(reader)), (Texts{"sooner", "later"}));
  EXPECT_TRUE(reader.has_writer());
}

TEST(SpoolReader, RefusesADirectoryThatIsNotThere) {
  EXPECT_TRUE(SpoolReader::open("/nonexistent/spool").failed_with(Errc::NotFound));
  EXPECT_TRUE(SpoolWatch::open("/nonexistent/spool").failed_with(Errc::NotFound));
}

TEST(SpoolWatch, TellsWhenSomethingWasWritten) {
  Scratch scratch;
  auto writer = open_writer(scratch.path());
  auto watch = SpoolWatch::open(scratch.path());
  ASSERT_TRUE(watch) << watch.error().text();
  pollfd wait{watch->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 0), 0);

  write_lines(*writer, 0, 1);

  EXPECT_EQ(::poll(&wait, 1, 1000), 1);
  watch->clear();
  EXPECT_EQ(::poll(&wait, 1, 0), 0);
}

}  // namespace
}  // namespace berth::logs
