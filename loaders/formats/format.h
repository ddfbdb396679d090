#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loaders/error.h"
#include "loaders/formats/file_plan.h"
#include "loaders/model_config.h"
#include "loaders/sources/source.h"
#include "loaders/tensor.h"
#include "loaders/tokenizer/vocabulary.h"

namespace falsify::loaders {

/// A parsed and fully validated header: every tensor's range lies inside the file and agrees with
/// its dtype and shape, no two overlap, names are unique. Owns every name and shape it hands out.
/// Immutable, hence safe to read from several threads.
class Header {
 public:
  virtual ~Header() = default;

  /// In file order (ascending offset).
  virtual std::span<const TensorInfo> tensors() const = 0;

  /// Null if there is none of that name. Constant time.
  virtual const TensorInfo* Find(std::string_view name) const = 0;

  /// The file's own key-value metadata, in file order. Values are text as stored.
  virtual std::span<const std::pair<std::string_view, std::string_view>> metadata() const = 0;

  /// Bytes before the first tensor's data.
  virtual std::uint64_t data_offset() const = 0;

  /// What is legal but worth knowing (unaligned data, white space before `{`): one line each.
  virtual std::span<const std::string> findings() const = 0;
};

/// One file format. It asks the source for the header's bytes and for nothing else.
struct FormatEntry {
  std::string_view name;       ///< "safetensors"
  std::string_view extension;  ///< ".safetensors"
  bool (*detect)(std::span<const std::byte> first_bytes, std::uint64_t file_bytes);
  Result<std::unique_ptr<Header>> (*parse)(Source& source);

  /// The architecture, from a header that `parse` made or from what lies beside the file.
  /// Errors: CONFIG_*, and the format's own for metadata that a model needs.
  Result<ModelConfig> (*config)(const Header& header, const std::string& path);

  /// The tokenizer, from the header or from what lies beside the file. Errors: TOKENIZER_*.
  Result<Vocabulary> (*tokenizer)(const Header& header, const std::string& path);

  /// Lays out a file of this format. Errors: the format's own.
  Result<FilePlan> (*plan)(const ModelToWrite& model);

  /// Checks what only reading the whole file can tell (a checksum); null if there is nothing of the
  /// kind. Never part of a timed load. Errors: the format's own, those of the source.
  Result<void> (*verify)(Source& source, const Header& header);

  /// Of a source that holds the whole file in memory: the file that it packs, or itself; null for a
  /// format that knows no compression. Errors: the format's own, IO_MEMORY.
  Result<std::unique_ptr<Source>> (*unpack)(std::unique_ptr<Source> source);
};

std::span<const FormatEntry> Formats();

/// The format whose `detect` recognises the first bytes of `source`; a file that none recognises
/// is handed to the format its extension names, so that the error says what is wrong with it.
/// Errors: FORMAT_UNKNOWN, or those of the source.
Result<const FormatEntry*> DetectFormat(Source& source);

}  // namespace falsify::loaders
