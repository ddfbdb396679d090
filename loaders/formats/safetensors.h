#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "loaders/error.h"
#include "loaders/formats/format.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// True if the first bytes can be those of a SafeTensors file: a header length that the file can
/// hold and that the format allows, then `{`, possibly after white space.
bool DetectSafetensors(std::span<const std::byte> first_bytes, std::uint64_t file_bytes);

/// Reads and checks a SafeTensors header, in the order of the reference reader (huggingface/
/// safetensors, safetensors/src/tensor.rs) and where its README is stricter, as the README says:
/// duplicate names are refused. Data at any address is legal, and reported as a finding; so is
/// white space before `{`. Copies the header once and asks the source for nothing else.
/// Allocates a fixed number of blocks, none larger than what the header's length bounds.
/// Errors, in the order of the checks: ST_TOO_SMALL, ST_HEADER_TOO_LARGE, ST_HEADER_LENGTH,
/// ST_UTF8, ST_JSON or ST_DTYPE or ST_METADATA, ST_DUPLICATE_KEY; then per tensor in offset order
/// ST_OFFSET, ST_OVERFLOW, ST_MISALIGNED, ST_SIZE_MISMATCH; ST_INCOMPLETE, ST_TRAILING; those of
/// the source.
Result<std::unique_ptr<Header>> ParseSafetensors(Source& source);

}  // namespace falsify::loaders
