// codec_test.cpp - records there and back, and what is no record.
#include "agent/records/codec.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "tests/agent/records/full_record.hpp"

namespace berth::records {
namespace {

using testing::full_record;

Json json_of(const model::Record& record) {
  return Json::parse(encode(record));
}

TEST(RecordCodec, KeepsEveryField) {
  const model::Record record = full_record();
  const Result<model::Record> read = decode(encode(record));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, record);
}

TEST(RecordCodec, KeepsWhatIsAbsent) {
  const model::Record record =
      testing::a_record(testing::a_task({testing::a_container("a"), testing::a_container("b")}));
  const Result<model::Record> read = decode(encode(record));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, record);
  EXPECT_FALSE(read->task.containers[0].entry_point);
  EXPECT_FALSE(read->containers[1].exit);
}

TEST(RecordCodec, KeepsEveryValueOfEachEnumeration) {
  using model::FaultKind;
  for (const FaultKind kind :
       {FaultKind::CannotResolve, FaultKind::CannotPull, FaultKind::CannotCreate,
        FaultKind::CannotStart, FaultKind::CannotStop, FaultKind::Vanished, FaultKind::OutOfMemory,
        FaultKind::DependencyFailed, FaultKind::TimedOut, FaultKind::Network, FaultKind::Cgroup,
        FaultKind::Drained, FaultKind::Refused}) {
    model::Record record = full_record();
    record.fault->kind = kind;
    EXPECT_EQ(decode(encode(record)).value(), record);
  }
  for (int status = 0; status <= static_cast<int>(model::TaskStatus::Stopped); ++status) {
    model::Record record = full_record();
    record.known = static_cast<model::TaskStatus>(status);
    record.containers[0].known = static_cast<model::ContainerStatus>(status);
    EXPECT_EQ(decode(encode(record)).value(), record);
  }
}

TEST(RecordCodec, ReadsARecordWrittenBeforeAFieldWasAdded) {
  Json json = json_of(full_record());
  json.erase("released");
  json["task"]["containers"][0].erase("pids_limit");
  json["placement"].erase("eni_access");
  const Result<model::Record> read = decode(json.dump());
  ASSERT_TRUE(read) << read.error();
  EXPECT_FALSE(read->released);
  EXPECT_FALSE(read->task.containers[0].pids_limit);
  EXPECT_EQ(read->placement.eni_access.driver, "bridge");
  EXPECT_EQ(read->task.arn, full_record().task.arn);
}

TEST(RecordCodec, RefusesOtherFormats) {
  for (const int format : {0, 2, 99}) {
    Json json = json_of(full_record());
    json["format"] = format;
    const Result<model::Record> read = decode(json.dump());
    ASSERT_FALSE(read) << format;
    EXPECT_EQ(read.error().code, Errc::Broken);
    EXPECT_EQ(read.error().message,
              "record of format " + std::to_string(format) + "; this program reads format 1");
  }
}

TEST(RecordCodec, RefusesWhatIsNoRecord) {
  Json short_one = json_of(full_record());
  short_one["containers"] = Json::array();
  Json wrong_type = json_of(full_record());
  wrong_type["task"]["arn"] = 7;
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("{\"format\":\"one\"}"),
        short_one.dump(), wrong_type.dump()}) {
    const Result<model::Record> read = decode(text);
    EXPECT_FALSE(read) << text;
  }
  EXPECT_EQ(decode(short_one.dump()).error().code, Errc::Broken);
  EXPECT_EQ(decode(wrong_type.dump()).error().code, Errc::Broken);
}

}  // namespace
}  // namespace berth::records
