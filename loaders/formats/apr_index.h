#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"
#include "loaders/formats/format.h"
#include "loaders/formats/name_index.h"
#include "loaders/tensor.h"

namespace falsify::loaders {

/// What an APR header has beyond that of other formats.
class AprHeader : public Header {
 public:
  virtual std::string_view metadata_json() const = 0;
};

/// The tensors of an APR file, in the order of the data.
struct AprIndex {
  std::vector<TensorInfo> tensors;
  std::vector<std::uint64_t> dims;  // of all
  std::optional<NameIndex> names;

  const TensorInfo* Find(std::string_view name) const {
    const std::size_t at = names ? names->Find(name) : NameIndex::kNone;
    return at == NameIndex::kNone ? nullptr : &tensors[at];
  }
};

struct AprIndexRequest {
  std::span<const std::byte> bytes;  ///< from the index to the data; outlives the index
  const std::string& path;
  std::uint32_t count;
  std::uint64_t data_offset;
  std::uint64_t file_bytes;
};

/// Errors: those of ParseApr that concern the index and the data.
Result<AprIndex> ReadAprIndex(const AprIndexRequest& request, std::vector<std::string>& findings);

/// Where the data ends, the padding after the last tensor included.
std::uint64_t AprDataEnd(const Header& header);

}  // namespace falsify::loaders
