// ec2_wire_test.cpp - forms of EC2's query protocol in, XML out.
#include <gtest/gtest.h>

#include "lab/ec2/query.hpp"
#include "lab/ec2/xml.hpp"

namespace berth::lab::ec2 {
namespace {

TEST(InputOfForm, MakesListsAndStructuresOfNames) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "{}"},
      {"Action=DescribeVpcs&Version=2016-11-15",
       R"({"Action": "DescribeVpcs", "Version": "2016-11-15"})"},
      {"Filter.1.Name=vpc-id&Filter.1.Value.1=a&Filter.1.Value.2=b%20c&Filter.2.Name=x",
       R"({"Filter": [{"Name": "vpc-id", "Value": ["a", "b c"]}, {"Name": "x"}]})"},
      {"GroupId.10=c&GroupId.2=b&GroupId.1=a", R"({"GroupId": ["a", "b", "c"]})"},
      {"A.1.B.1.C=x%3Cy", R"({"A": [{"B": [{"C": "x<y"}]}]})"},
      {"A.x=1&A.2=2", R"({"A": {"x": "1", "2": "2"}})"},
  };
  for (const auto& [form, wanted] : cases) {
    auto input = input_of_form(form);
    ASSERT_TRUE(input) << form << ": " << input.error().message;
    EXPECT_EQ(*input, Json::parse(wanted)) << form;
  }
}

TEST(InputOfForm, RefusesWhatMeansNothing) {
  const std::pair<const char*, const char*> cases[] = {
      {"A=%zz", "escape"},
      {"A=1&A=2", "The parameter A is there more than once"},
      {"A=1&A.1=2", "The parameter A.1 is a text and has members"},
      {"A.1=1&A=2", "The parameter A is there more than once"},
      {"A.1.1.1.1.1.1.1.1=x", "has too many parts"},
      {"A=%01", "has characters that no text has"},
      {"A=%ff", "has characters that no text has"},
  };
  for (const auto& [form, why] : cases) {
    auto input = input_of_form(form);

    ASSERT_FALSE(input) << form;
    EXPECT_EQ(input.error().code, "MalformedQueryString") << form;
    EXPECT_NE(input.error().message.find(why), std::string::npos) << input.error().message;
  }
}

TEST(XmlOf, WritesListsAsItemsAndEscapes) {
  const Json value = Json::parse(R"({"return": true, "count": 7, "name": "a<b>&\"c\r",
    "tagSet": [{"key": "k"}, {"key": ""}], "none": []})");

  EXPECT_EQ(xml_of("Answer", value, " xmlns=\"x\""),
            "<Answer xmlns=\"x\"><count>7</count><name>a&lt;b&gt;&amp;\"c&#13;</name><none></none>"
            "<return>true</return><tagSet><item><key>k</key></item><item><key></key></item>"
            "</tagSet></Answer>");
}

}  // namespace
}  // namespace berth::lab::ec2
