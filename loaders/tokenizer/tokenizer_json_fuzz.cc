#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "loaders/tokenizer/tokenizer.h"
#include "loaders/tokenizer/tokenizer_json.h"

/// The text before the first zero byte is a tokenizer.json, the rest a text to encode with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace falsify::loaders;
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\0');
  const auto vocabulary = ParseTokenizerJson({input.substr(0, end), ""}, "fuzz");
  if (!vocabulary) {
    static_cast<void>(vocabulary.error().Line());
    return 0;
  }
  const auto again = ParseTokenizerJson(RenderTokenizerJson(*vocabulary), "again");
  if (!again) std::abort();
  const auto tokenizer = Tokenizer::Create(*vocabulary, "fuzz");
  if (!tokenizer) return 0;
  const auto ids = tokenizer->Encode(end == std::string::npos ? input : input.substr(end));
  if (ids) {
    for (const std::uint32_t id : *ids) static_cast<void>(tokenizer->BytesOf(id));
  }
  return 0;
}
