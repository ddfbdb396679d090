#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "harness/study/read_study.h"

using falsify::Result;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const falsify::harness::Vocabulary vocabulary = {
      .loaders = {{"read", {}}, {"mmap", {}}},
      .shapes = {"tiny"},
      .check_order = [](std::string_view, std::span<const double>) { return Result<void>(); }};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto study = falsify::harness::ParseStudy(text, "fuzz.yaml", vocabulary);
  if (!study) static_cast<void>(study.error().Line());
  return 0;
}
