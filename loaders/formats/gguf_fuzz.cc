#include "loaders/formats/fuzz_source.h"
#include "loaders/formats/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return falsify::loaders::FuzzHeader(data, size, &falsify::loaders::ParseGguf);
}
