#include "loaders/non_finite.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

TEST(FindNonFinite, NamesTensorsAndCounts) {
  const TemporaryDirectory directory;
  // BF16: 1.0, NaN, -infinity; U8 counts for nothing.
  const std::string path = directory.Write(
      "m.safetensors",
      SafetensorsBytes(R"({"a":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]},)"
                       R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[6,8]},)"
                       R"("c":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}})",
                       std::string("\x80\x3f\xc0\x7f\x80\xff\x80\x3f\xff\xff", 10)));
  const auto model = OpenModel(path, &OpenMmap, {}, {});
  ASSERT_TRUE(model) << model.error().Line();
  EXPECT_THAT(FindNonFinite(**model),
              testing::ElementsAre("tensor \"a\": 2 of 3 values are NaN or infinite"));
}

}  // namespace
}  // namespace falsify::loaders
