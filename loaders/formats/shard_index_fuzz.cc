#include <cstddef>
#include <cstdint>
#include <string_view>

#include "loaders/formats/shard_index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto index = falsify::loaders::ParseShardIndex(text, "fuzz");
  if (!index) static_cast<void>(index.error().Line());
  return 0;
}
