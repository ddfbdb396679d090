#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loaders/dtype.h"
#include "loaders/error.h"

namespace falsify::loaders {

/// One entry of a SafeTensors header as written, no number checked against another.
struct DeclaredTensor {
  std::string_view name;  ///< escapes decoded
  Dtype dtype;
  std::uint64_t begin;  ///< `data_offsets`, relative to the data
  std::uint64_t end;
  std::size_t first_dim;  ///< of its `rank` dimensions in `DeclaredHeader::dims`
  std::size_t rank;
};

/// A SafeTensors header's JSON, in file order. Names and metadata point into the text parsed.
struct DeclaredHeader {
  std::vector<DeclaredTensor> tensors;
  std::vector<std::uint64_t> dims;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
  std::size_t blanks_before = 0;  ///< white space before `{`
};

/// Bytes that must be readable and initialised after the text handed to `ParseSafetensorsJson`.
std::size_t JsonPaddingBytes();

/// Where the JSON text starts in the file.
inline constexpr std::size_t kSafetensorsPrefixBytes = 8;

/// Checks rules of syntax and type: exactly one object of tensor entries, known dtypes, exact
/// 64-bit integers, fewer than 128 nested levels. Fields other than dtype, shape and data_offsets
/// are checked for syntax and ignored. Duplicate names are left to the caller, who has the index.
/// Escapes are decoded in place, so `text` is overwritten where names have some.
/// Errors: ST_UTF8, ST_JSON, ST_DTYPE, ST_METADATA; `path` names the file in them.
Result<DeclaredHeader> ParseSafetensorsJson(std::span<char> text, const std::string& path);

/// `path: tensor "name"`, a very long name cut.
std::string WhereTensor(const std::string& path, std::string_view name);

}  // namespace falsify::loaders
