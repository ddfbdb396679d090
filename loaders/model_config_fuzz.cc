#include <cstddef>
#include <cstdint>
#include <string>

#include "loaders/model_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = falsify::loaders::ParseConfig(text, "fuzz");
  if (!config) static_cast<void>(config.error().Line());
  return 0;
}
