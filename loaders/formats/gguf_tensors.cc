#include "loaders/formats/gguf_tensors.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "loaders/bytes.h"
#include "loaders/formats/gguf_types.h"

namespace falsify::loaders {

constexpr std::uint64_t kMostNameBytes = 63;
constexpr std::uint32_t kMostDims = 4;
constexpr std::uint64_t kMostSigned = std::numeric_limits<std::int64_t>::max();

class GgufTensorReader {
 public:
  GgufTensorReader(ByteCursor& cursor, const GgufTensorsRequest& request,
                   std::vector<std::string>& findings)
      : cursor_(cursor), request_(request), findings_(findings) {}

  Result<GgufTensors> Read() {
    // The count is not to be trusted with an allocation: what has been read is.
    for (std::uint64_t i = 0; i < request_.count; ++i) {
      if (Result<void> read = ReadOne(); !read) return Fail(std::move(read.error()));
    }
    if (Result<void> indexed = MakeIndex(); !indexed) return Fail(std::move(indexed.error()));
    if (Result<void> placed = PlaceData(); !placed) return Fail(std::move(placed.error()));
    return std::move(parsed_);
  }

 private:
  struct Shape {
    std::array<std::uint64_t, kMostDims> dims;  // as in the file: innermost first
    std::uint32_t count;
    std::uint64_t elements;
  };

  tl::unexpected<Error> Refuse(std::string code, std::string what) const {
    return Fail({std::move(code),
                 fmt::format("{} @ {:#x}", request_.path, cursor_.position()),
                 std::move(what),
                 {}});
  }
  tl::unexpected<Error> RefuseTensor(std::string code, std::string what) const {
    return Fail({std::move(code),
                 fmt::format("{}: tensor \"{}\"", request_.path, name_),
                 std::move(what),
                 {}});
  }
  tl::unexpected<Error> Truncated() const {
    return Refuse("GGUF_TRUNCATED", fmt::format("the file ends inside tensor info {} of {}",
                                                parsed_.tensors_.size() + 1, request_.count));
  }

  Result<void> ReadOne() {
    if (Result<void> read = ReadName(); !read) return read;
    const Result<Shape> shape = ReadShape();
    if (!shape) return Fail(shape.error());
    const auto id = cursor_.Number<std::uint32_t>();
    const auto offset = cursor_.Number<std::uint64_t>();
    if (!id || !offset) return Truncated();
    const std::optional<Dtype> dtype = DtypeOfGgufId(*id);
    if (!dtype) {
      return RefuseTensor("GGUF_TENSOR_TYPE",
                          fmt::format("type {} is unknown or no longer in use", *id));
    }
    const Result<std::uint64_t> bytes = BytesOf(*dtype, *shape);
    if (!bytes) return Fail(bytes.error());
    if (*offset != next_offset_) {
      return RefuseTensor("GGUF_OFFSET",
                          fmt::format("offset is {}, expected {}", *offset, next_offset_));
    }
    Add(*dtype, *shape, *bytes);
    const auto end = CheckedAdd(*offset, *bytes);
    const auto next = end ? CheckedAlign(*end, request_.alignment) : std::nullopt;
    if (!next) return RefuseTensor("GGUF_OVERFLOW", "ends beyond 2^64 - 1 B");
    next_offset_ = *next;
    return {};
  }

  Result<void> ReadName() {
    const auto size = cursor_.Number<std::uint64_t>();
    if (!size) return Truncated();
    if (*size > cursor_.left()) {
      return Refuse("GGUF_STRING", fmt::format("a tensor's name of {} B, {} B are left in the file",
                                               *size, cursor_.left()));
    }
    if (*size > kMostNameBytes) {
      return Refuse("GGUF_NAME", fmt::format("a tensor's name of {} B, expected at most {} B",
                                             *size, kMostNameBytes));
    }
    const auto name = cursor_.Text(*size);
    if (!name) return Truncated();
    name_ = *name;
    if (name_.find('\0') != std::string_view::npos) {
      return RefuseTensor("GGUF_NAME", "the name holds a NUL");
    }
    return {};
  }

  /// Once nothing moves any more.
  Result<void> MakeIndex() {
    parsed_.index_.emplace(parsed_.tensors_.size());
    std::size_t first = 0;
    for (std::size_t i = 0; i < parsed_.tensors_.size(); ++i) {
      TensorInfo& tensor = parsed_.tensors_[i];
      tensor.shape = std::span(parsed_.dims_).subspan(first, dim_counts_[i]);
      first += dim_counts_[i];
      name_ = tensor.name;
      if (parsed_.index_->Add(name_, i) != NameIndex::kNone) {
        return RefuseTensor("GGUF_DUP_TENSOR", "is there twice");
      }
    }
    return {};
  }

  Result<Shape> ReadShape() {
    const auto count = cursor_.Number<std::uint32_t>();
    if (!count) return Truncated();
    if (*count > kMostDims) {
      return RefuseTensor("GGUF_NDIMS",
                          fmt::format("has {} dims, expected at most {}", *count, kMostDims));
    }
    Shape shape = {{}, *count, 1};
    for (std::uint32_t i = 0; i < *count; ++i) {
      const auto dim = cursor_.Number<std::uint64_t>();
      if (!dim) return Truncated();
      if (*dim > kMostSigned) {
        return RefuseTensor("GGUF_DIM",
                            fmt::format("dim {} is {}, expected less than 2^63", i, *dim));
      }
      shape.dims[i] = *dim;
    }
    for (std::uint32_t i = 0; i < *count; ++i) {
      const auto product = CheckedMultiply(shape.elements, shape.dims[i]);
      if (!product || *product > kMostSigned) {
        return RefuseTensor("GGUF_OVERFLOW",
                            fmt::format("dims [{}] have 2^63 elements or more",
                                        fmt::join(std::span(shape.dims).first(*count), ", ")));
      }
      shape.elements = *product;
    }
    return shape;
  }

  Result<std::uint64_t> BytesOf(Dtype dtype, const Shape& shape) const {
    const DtypeTraits& traits = Traits(dtype);
    const std::uint64_t row = shape.count == 0 ? 1 : shape.dims[0];
    if (row % traits.block_elements != 0) {
      return RefuseTensor("GGUF_BLOCK",
                          fmt::format("rows of {} elements fill no whole {} blocks of {}", row,
                                      traits.name, traits.block_elements));
    }
    const auto bytes = StorageBytes(dtype, shape.elements);
    if (bytes) return *bytes;
    return RefuseTensor("GGUF_OVERFLOW", fmt::format("{} elements of {} take more than 2^64 - 1 B",
                                                     shape.elements, traits.name));
  }

  void Add(Dtype dtype, const Shape& shape, std::uint64_t bytes) {
    for (std::uint32_t i = shape.count; i > 0; --i) parsed_.dims_.push_back(shape.dims[i - 1]);
    dim_counts_.push_back(static_cast<std::uint8_t>(shape.count));
    parsed_.tensors_.push_back({.name = name_,
                                .dtype = dtype,
                                .shape = {},
                                .elements = shape.elements,
                                .range = {.offset = next_offset_, .size = bytes}});
  }

  /// Turns offsets into places in the file, now that it is known where the data begins.
  Result<void> PlaceData() {
    const auto start = CheckedAlign(cursor_.position(), request_.alignment);
    if (parsed_.tensors_.empty()) {
      parsed_.data_offset_ = cursor_.position();
      return {};
    }
    if (!start || *start > request_.file_bytes) {
      return Refuse("GGUF_TRUNCATED", "the file ends before its data begins");
    }
    parsed_.data_offset_ = *start;
    for (TensorInfo& tensor : parsed_.tensors_) {
      const auto end = CheckedAdd(*start + tensor.range.offset, tensor.range.size);
      if (tensor.range.offset > request_.file_bytes - *start || !end ||
          *end > request_.file_bytes) {
        name_ = tensor.name;
        return RefuseTensor(
            "GGUF_DATA_TRUNCATED",
            fmt::format("{} B at offset {} of the data, which has {} B", tensor.range.size,
                        tensor.range.offset, request_.file_bytes - *start));
      }
      tensor.range.offset += *start;
    }
    NoteTheEnd(*start);
    return {};
  }

  void NoteTheEnd(std::uint64_t start) {
    const TensorInfo& last = parsed_.tensors_.back();
    const std::uint64_t end = last.range.offset + last.range.size;
    const auto padded = CheckedAdd(start, next_offset_);
    if (!padded || request_.file_bytes < *padded) {
      findings_.push_back(
          fmt::format("the padding after the last tensor is missing: {} B, expected "
                      "{} B",
                      request_.file_bytes - end, padded.value_or(end) - end));
    } else if (request_.file_bytes > *padded) {
      findings_.push_back(fmt::format("{} B after the data", request_.file_bytes - *padded));
    }
  }

  ByteCursor& cursor_;
  const GgufTensorsRequest& request_;
  std::vector<std::string>& findings_;
  GgufTensors parsed_;
  std::vector<std::uint8_t> dim_counts_;
  std::string_view name_;
  std::uint64_t next_offset_ = 0;
};

Result<GgufTensors> ReadGgufTensors(ByteCursor& cursor, const GgufTensorsRequest& request,
                                    std::vector<std::string>& findings) {
  return GgufTensorReader(cursor, request, findings).Read();
}

}  // namespace falsify::loaders
