#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "loaders/error.h"
#include "loaders/formats/format.h"
#include "loaders/formats/gguf_values.h"
#include "loaders/model_config.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// What a GGUF header has beyond that of other formats. Tensor shapes are outermost first, as
/// everywhere here: the reverse of the file's dims.
class GgufHeader : public Header {
 public:
  virtual std::uint32_t version() const = 0;
  virtual std::uint32_t alignment() const = 0;

  /// Null if there is no such key. Constant time.
  virtual const GgufValue* FindValue(std::string_view key) const = 0;
};

/// True if the file begins with the magic "GGUF".
bool DetectGguf(std::span<const std::byte> first_bytes, std::uint64_t file_bytes);

/// Reads and checks a GGUF header, versions 2 and 3, little-endian, as strictly as ggml's reader
/// (ggml-org/ggml, src/gguf.cpp) and where that has gaps as docs/gguf.md says. Reads the header and
/// at most 1 MiB more. Lists grow with what has been read, never by a count that the file declares;
/// strings stay where they lie.
/// Errors: GGUF_MAGIC, GGUF_VERSION, GGUF_ENDIAN, GGUF_COUNT, GGUF_TRUNCATED, GGUF_STRING,
/// GGUF_KEY, GGUF_DUP_KEY, GGUF_VALUE_TYPE, GGUF_ARRAY, GGUF_NESTED_ARRAY, GGUF_ALIGNMENT,
/// GGUF_NAME, GGUF_DUP_TENSOR, GGUF_NDIMS, GGUF_DIM, GGUF_OVERFLOW, GGUF_TENSOR_TYPE, GGUF_BLOCK,
/// GGUF_OFFSET, GGUF_DATA_TRUNCATED; those of the source.
Result<std::unique_ptr<Header>> ParseGguf(Source& source);

/// The architecture behind a header that ParseGguf made. Errors: CONFIG_ARCHITECTURE (neither qwen2
/// nor llama, or scaled rotary embeddings), GGUF_META_MISSING, GGUF_META_TYPE (a key of another
/// type), GGUF_META_VALUE (sizes that contradict each other or the tensors).
Result<ModelConfig> GgufConfig(const Header& header, const std::string& path);

/// The tokenizer that a header holds, unused tokens at its end dropped, or the tokenizer.json
/// beside the file if the header has none. Errors: those of ReadTokenizerBeside; TOKENIZER_KIND
/// (not byte-level BPE, or another pre-tokenizer), TOKENIZER_TYPES, those of CheckVocabulary.
Result<Vocabulary> GgufTokenizer(const Header& header, const std::string& path);

}  // namespace falsify::loaders
