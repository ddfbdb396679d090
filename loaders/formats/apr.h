#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "loaders/error.h"
#include "loaders/formats/format.h"
#include "loaders/model_config.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// True for APR v2 and for its relatives that the parser refuses by name.
bool DetectApr(std::span<const std::byte> first_bytes, std::uint64_t file_bytes);

/// Reads and checks an APR v2 file as strictly as its reference reader (paiml/aprender,
/// crates/apr-format) and where that reader is lenient as its writer writes: every entry inside the
/// index, sizes that agree with dtype and shape, tensors apart and aligned to 64 B, a length that
/// leaves room for a footer or none. Reads header, metadata and index, and nothing else.
/// Errors: APR_TOO_SHORT, APR_MAGIC, APR_DIALECT, APR_CHECKSUM, APR_VERSION, APR_LAYOUT,
/// APR_COMPRESSED, APR_ENCRYPTED, APR_METADATA_BOUNDS, APR_METADATA, APR_INDEX_BOUNDS, APR_INDEX,
/// APR_JSON_INDEX, APR_NAME, APR_ORDER, APR_DTYPE, APR_NDIM, APR_OVERFLOW, APR_SIZE, APR_EXTENT,
/// APR_OVERLAP, APR_ALIGN, APR_LENGTH; those of the source.
Result<std::unique_ptr<Header>> ParseApr(Source& source);

/// The architecture from the metadata, or from the config.json beside the file if the metadata
/// names none. Errors: APR_METADATA_CONFLICT (a field in two spellings that differ), CONFIG_*.
Result<ModelConfig> AprConfig(const Header& header, const std::string& path);

/// The tokenizer from the metadata, or from the tokenizer.json beside the file if the metadata has
/// none. Errors: as of ReadTokenizerBeside.
Result<Vocabulary> AprTokenizer(const Header& header, const std::string& path);

/// Reads the file up to its footer, if it has one, and compares the checksum.
/// Errors: APR_FOOTER, those of the source.
Result<void> VerifyApr(Source& source, const Header& header);

}  // namespace falsify::loaders
