#include "loaders/formats/fuzz_source.h"
#include "loaders/formats/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return falsify::loaders::FuzzHeader(data, size, &falsify::loaders::ParseSafetensors);
}
