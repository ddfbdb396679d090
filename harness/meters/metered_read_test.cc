#include "harness/meters/metered_read.h"

#include <array>
#include <fcntl.h>

#include "gtest/gtest.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/test_files.h"

namespace falsify::harness {
namespace {

TEST(MeteredRead, EntersEveryCallInTheAccount) {
  const TestDirectory directory;
  const Result<FileDescriptor> file = OpenFile(directory.Write("text", 100), O_RDONLY);
  ASSERT_TRUE(file.has_value());
  std::array<char, 60> buffer{};
  const MeteredRead first = MeteredPread(file->get(), buffer, 0);
  const MeteredRead second = MeteredPread(file->get(), buffer, 60);
  const MeteredRead at_end = MeteredPread(file->get(), buffer, 100);
  const MeteredRead failed = MeteredPread(-1, buffer, 0);
  const MeteredRead last = MeteredPread(file->get(), buffer, 0);
  EXPECT_EQ(first.bytes, 60);
  EXPECT_EQ(second.bytes, 40);
  EXPECT_EQ(at_end.bytes, 0);
  EXPECT_EQ(failed.bytes, -1);
  EXPECT_EQ(second.before.bytes - first.before.bytes, 60U);
  EXPECT_EQ(last.before.bytes - first.before.bytes, 100U);
  EXPECT_EQ(last.before.calls - first.before.calls, 4U);
}

TEST(MeteredRead, ReadsATextLongerThanItsBuffer) {
  const TestDirectory directory;
  const std::string path = directory.Write("long", 10'000);
  const Result<std::string> text = ReadProcText(path);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->size(), 10'000U);
}

TEST(MeteredRead, NamesWhatItCannotRead) {
  EXPECT_EQ(ReadProcText("/proc/self/nothing").error().Line(),
            "/proc/self/nothing: cannot open: No such file or directory [METER_OPEN]");
  EXPECT_EQ(ReadProcText("/proc/self").error().Line(),
            "/proc/self: cannot read: Is a directory [METER_READ]");
}

}  // namespace
}  // namespace falsify::harness
