#include <algorithm>
#include <array>

#include "fmt/format.h"
#include "loaders/formats/apr.h"
#include "loaders/formats/apr_unpack.h"
#include "loaders/formats/apr_writer.h"
#include "loaders/formats/format.h"
#include "loaders/formats/gguf.h"
#include "loaders/formats/gguf_writer.h"
#include "loaders/formats/safetensors.h"
#include "loaders/formats/safetensors_writer.h"
#include "loaders/tokenizer/tokenizer_json.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kFirstBytes = 64;

Result<ModelConfig> ConfigBeside(const Header&, const std::string& path) {
  return ReadConfigBeside(path);
}

Result<Vocabulary> TokenizerBeside(const Header&, const std::string& path) {
  return ReadTokenizerBeside(path);
}

std::string NamesOfFormats() {
  std::string names;
  for (const FormatEntry& format : Formats()) {
    names += names.empty() ? "" : ", ";
    names += format.name;
  }
  return names;
}

}  // namespace

std::span<const FormatEntry> Formats() {
  static constexpr std::array kFormats = {
      FormatEntry{"safetensors", ".safetensors", &DetectSafetensors, &ParseSafetensors,
                  &ConfigBeside, &TokenizerBeside, &PlanSafetensors, nullptr, nullptr},
      FormatEntry{"gguf", ".gguf", &DetectGguf, &ParseGguf, &GgufConfig, &GgufTokenizer, &PlanGguf,
                  nullptr, nullptr},
      FormatEntry{"apr", ".apr", &DetectApr, &ParseApr, &AprConfig, &AprTokenizer, &PlanApr,
                  &VerifyApr, &UnpackApr},
  };
  return kFormats;
}

Result<const FormatEntry*> DetectFormat(Source& source) {
  std::array<std::byte, kFirstBytes> buffer;
  const auto first = std::span(buffer).first(std::min(source.size_bytes(), kFirstBytes));
  if (Result<void> copied = source.Copy(0, first); !copied) return Fail(std::move(copied.error()));
  for (const FormatEntry& format : Formats()) {
    if (format.detect(first, source.size_bytes())) return &format;
  }
  for (const FormatEntry& format : Formats()) {
    if (source.path().ends_with(format.extension)) return &format;
  }
  return Fail({"FORMAT_UNKNOWN",
               source.path(),
               fmt::format("{} B of no known format, expected one of: {}", source.size_bytes(),
                           NamesOfFormats()),
               {}});
}

}  // namespace falsify::loaders
