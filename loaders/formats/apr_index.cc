#include "loaders/formats/apr_index.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "fmt/format.h"
#include "loaders/bytes.h"
#include "loaders/formats/apr_layout.h"
#include "loaders/formats/byte_cursor.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

std::string_view PaddingText(AprPadding padding) {
  switch (padding) {
    case AprPadding::kNone:
      return "";
    case AprPadding::kEnd:
      return " with a padded end";
    case AprPadding::kRows:
      return " with padded rows";
  }
  return "";
}

class AprIndexReader {
 public:
  AprIndexReader(const AprIndexRequest& request, std::vector<std::string>& findings)
      : request_(request), findings_(findings), cursor_(request.bytes) {}

  Result<AprIndex> Read() {
    if (LooksLikeJson()) {
      return Refuse("APR_JSON_INDEX", "the index is JSON text, expected binary entries");
    }
    if (request_.count > request_.bytes.size() / kAprLeastEntryBytes) {
      return Refuse("APR_INDEX", fmt::format("{} entries do not fit an index of {} B",
                                             request_.count, request_.bytes.size()));
    }
    for (std::uint32_t i = 0; i < request_.count; ++i) {
      if (Result<void> read = ReadOne(); !read) return Fail(std::move(read.error()));
    }
    const auto rest = cursor_.Take(cursor_.left());
    if (std::any_of(rest->begin(), rest->end(), [](std::byte b) { return b != std::byte{}; })) {
      return Refuse("APR_INDEX", "bytes after the last entry are not zero");
    }
    if (Result<void> fine = CheckData(); !fine) return Fail(std::move(fine.error()));
    return InDataOrder();
  }

 private:
  struct Entry {
    std::string_view name;
    std::uint8_t id;
    std::size_t first_dim;
    std::uint8_t dims;
    std::uint64_t elements;
    AprDtype dtype;
    ByteRange range;  // of the file
  };

  tl::unexpected<Error> Refuse(std::string code, std::string what) const {
    return Fail({std::move(code), request_.path, std::move(what), {}});
  }
  tl::unexpected<Error> RefuseTensor(std::string code, std::string_view name,
                                     std::string what) const {
    return Fail({std::move(code),
                 fmt::format("{}: tensor \"{}\"", request_.path, name),
                 std::move(what),
                 {}});
  }
  tl::unexpected<Error> Cut() const {
    return Refuse("APR_INDEX", fmt::format("the index ends inside entry {} of {}",
                                           entries_.size() + 1, request_.count));
  }

  bool LooksLikeJson() const {
    return request_.count > 0 && request_.bytes.size() >= 2 &&
           request_.bytes[0] == std::byte{'['} && request_.bytes[1] == std::byte{'{'};
  }

  Result<void> ReadOne() {
    Entry entry = {};
    const auto size = cursor_.Number<std::uint16_t>();
    if (!size) return Cut();
    if (*size == 0 || *size > kAprMostNameBytes) {
      return Refuse("APR_NAME", fmt::format("entry {} has a name of {} B, expected 1 to {} B",
                                            entries_.size() + 1, *size, kAprMostNameBytes));
    }
    const auto name = cursor_.Text(*size);
    const auto id = cursor_.Number<std::uint8_t>();
    const auto dims = cursor_.Number<std::uint8_t>();
    if (!name || !id || !dims) return Cut();
    entry.name = *name;
    entry.id = *id;
    entry.dims = *dims;
    if (!simdjson::validate_utf8(name->data(), name->size())) {
      return RefuseTensor("APR_NAME", *name, "the name is not valid UTF-8");
    }
    if (!entries_.empty() && entries_.back().name >= *name) {
      return RefuseTensor("APR_ORDER", *name,
                          fmt::format("comes after \"{}\", expected names in ascending order, each "
                                      "once",
                                      entries_.back().name));
    }
    if (Result<void> read = ReadShape(entry); !read) return read;
    const auto offset = cursor_.Number<std::uint64_t>();
    const auto bytes = cursor_.Number<std::uint64_t>();
    if (!offset || !bytes) return Cut();
    if (Result<void> sized = ReadDtype(entry, *bytes); !sized) return sized;
    if (Result<void> placed = Place(entry, *offset, *bytes); !placed) return placed;
    entries_.push_back(entry);
    return {};
  }

  Result<void> ReadShape(Entry& entry) {
    if (entry.dims > kAprMostDims) {
      return RefuseTensor(
          "APR_NDIM", entry.name,
          fmt::format("has {} dims, expected at most {}", entry.dims, kAprMostDims));
    }
    entry.first_dim = index_.dims.size();
    entry.elements = 1;
    for (std::uint8_t i = 0; i < entry.dims; ++i) {
      const auto dim = cursor_.Number<std::uint64_t>();
      if (!dim) return Cut();
      const auto product = CheckedMultiply(entry.elements, *dim);
      if (!product) {
        return RefuseTensor("APR_OVERFLOW", entry.name,
                            "its dims have more than 2^64 - 1 elements");
      }
      entry.elements = *product;
      index_.dims.push_back(*dim);
    }
    return {};
  }

  Result<void> ReadDtype(Entry& entry, std::uint64_t bytes) {
    const std::uint64_t row = entry.dims == 0 ? 1 : index_.dims.back();
    const auto dtype = AprDtypeOf(entry.id, entry.elements, row, bytes);
    if (!dtype) {
      const bool known = IsAprDtypeId(entry.id) && entry.id != 2;
      return RefuseTensor(known ? "APR_SIZE" : "APR_DTYPE", entry.name,
                          known ? fmt::format("{} B do not hold {} elements of dtype {}", bytes,
                                              entry.elements, entry.id)
                                : fmt::format("dtype {} is unknown", entry.id));
    }
    entry.dtype = *dtype;
    if (dtype->ambiguous && findings_.size() < kMostFindings) {
      findings_.push_back(fmt::format("tensor \"{}\": dtype {} taken for {}{} by its size",
                                      entry.name, entry.id, Traits(dtype->dtype).name,
                                      PaddingText(dtype->padding)));
    }
    return {};
  }

  Result<void> Place(Entry& entry, std::uint64_t offset, std::uint64_t bytes) {
    const auto from = CheckedAdd(request_.data_offset, offset);
    const auto to = from ? CheckedAdd(*from, bytes) : std::nullopt;
    if (!to || *to > request_.file_bytes) {
      return RefuseTensor("APR_EXTENT", entry.name,
                          fmt::format("{} B at offset {} of the data, the file ends at {}", bytes,
                                      offset, request_.file_bytes));
    }
    if (offset % kAprAlignment != 0) {
      return RefuseTensor(
          "APR_ALIGN", entry.name,
          fmt::format("lies at offset {}, expected a multiple of {}", offset, kAprAlignment));
    }
    entry.range = {*from, bytes};
    return {};
  }

  /// Tensors apart from each other, and a file that ends where they do.
  Result<void> CheckData() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.range.offset, a.range.size) < std::pair(b.range.offset, b.range.size);
    });
    std::uint64_t end = request_.data_offset;
    for (const Entry& entry : entries_) {
      if (entry.range.offset < end) {
        return RefuseTensor("APR_OVERLAP", entry.name, "overlaps another tensor");
      }
      end = entry.range.offset + entry.range.size;
    }
    const auto padded = CheckedAlign(end, kAprAlignment);
    if (request_.file_bytes == padded || request_.file_bytes == *padded + kAprFooterBytes)
      return {};
    if (request_.file_bytes == end) {
      findings_.emplace_back("the padding after the last tensor is missing");
      return {};
    }
    return Refuse("APR_LENGTH",
                  fmt::format("the file has {} B, expected {} B, or {} B with its "
                              "footer",
                              request_.file_bytes, *padded, *padded + kAprFooterBytes));
  }

  Result<AprIndex> InDataOrder() {
    index_.names.emplace(entries_.size());
    for (const Entry& entry : entries_) {
      index_.names->Add(entry.name, index_.tensors.size());
      index_.tensors.push_back(
          {.name = entry.name,
           .dtype = entry.dtype.dtype,
           .shape = std::span(index_.dims).subspan(entry.first_dim, entry.dims),
           .elements = entry.elements,
           .range = entry.range});
    }
    return std::move(index_);
  }

  static constexpr std::size_t kMostFindings = 100;

  const AprIndexRequest& request_;
  std::vector<std::string>& findings_;
  ByteCursor cursor_;
  std::vector<Entry> entries_;
  AprIndex index_;
};

}  // namespace

Result<AprIndex> ReadAprIndex(const AprIndexRequest& request, std::vector<std::string>& findings) {
  return AprIndexReader(request, findings).Read();
}

std::uint64_t AprDataEnd(const Header& header) {
  std::uint64_t end = header.data_offset();
  for (const TensorInfo& tensor : header.tensors()) {
    end = std::max(end, tensor.range.offset + tensor.range.size);
  }
  return (end + kAprAlignment - 1) / kAprAlignment * kAprAlignment;
}

}  // namespace falsify::loaders
