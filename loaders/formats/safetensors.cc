#include "loaders/formats/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "loaders/bytes.h"
#include "loaders/formats/name_index.h"
#include "loaders/formats/safetensors_json.h"

namespace falsify::loaders {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::uint64_t kMostHeaderBytes = 100'000'000;
constexpr std::uint64_t kPrefixBytes = kSafetensorsPrefixBytes;
constexpr std::size_t kMostDimsShown = 8;

using Shape = std::span<const std::uint64_t>;

std::string TypeText(Dtype dtype, Shape shape) {
  const Shape shown = shape.first(std::min(shape.size(), kMostDimsShown));
  return fmt::format("{} [{}{}]", Traits(dtype).name, fmt::join(shown.begin(), shown.end(), ", "),
                     shown.size() < shape.size() ? ", ..." : "");
}

/// Multiplied from left to right, as the reference does: [2^64 - 1, 2, 0] overflows,
/// [0, 2^64 - 1] is no element.
std::optional<std::uint64_t> CountElements(Shape shape) {
  std::uint64_t elements = 1;
  for (const std::uint64_t dim : shape) {
    const std::optional<std::uint64_t> product = CheckedMultiply(elements, dim);
    if (!product) return std::nullopt;
    elements = *product;
  }
  return elements;
}

bool InOffsetOrder(const DeclaredTensor& a, const DeclaredTensor& b) {
  return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
}

Result<void> CheckOffsets(const std::string& path, const DeclaredTensor& tensor,
                          std::uint64_t expected_begin) {
  if (tensor.begin == expected_begin && tensor.end >= tensor.begin) return {};
  std::string what = fmt::format("data_offsets are [{}, {}], expected ", tensor.begin, tensor.end);
  if (tensor.begin > expected_begin) {
    what += fmt::format("to begin at {}: no tensor holds the bytes between", expected_begin);
  } else if (tensor.begin < expected_begin) {
    what += fmt::format("to begin at {}: they overlap another tensor", expected_begin);
  } else {
    what += "to end at or after their begin";
  }
  return Fail({"ST_OFFSET", WhereTensor(path, tensor.name), std::move(what), {}});
}

/// The number of elements, if the range declared holds exactly those.
Result<std::uint64_t> CheckSize(const std::string& path, const DeclaredTensor& tensor,
                                Shape shape) {
  const auto fail = [&](std::string code, std::string what) {
    return Fail({std::move(code), WhereTensor(path, tensor.name), std::move(what), {}});
  };
  const DtypeTraits& traits = Traits(tensor.dtype);
  const std::uint64_t bits_per_element = 8ULL * traits.block_bytes / traits.block_elements;
  const std::optional<std::uint64_t> elements = CountElements(shape);
  const std::optional<std::uint64_t> bits =
      elements ? CheckedMultiply(*elements, bits_per_element) : std::nullopt;
  if (!bits) {
    return fail("ST_OVERFLOW",
                fmt::format("{} has more than 2^64 - 1 {}, expected fewer",
                            TypeText(tensor.dtype, shape), elements ? "bits" : "elements"));
  }
  if (*bits % 8 != 0) {
    return fail("ST_MISALIGNED", fmt::format("{} takes {} bits, expected a multiple of 8",
                                             TypeText(tensor.dtype, shape), *bits));
  }
  if (*bits / 8 != tensor.end - tensor.begin) {
    return fail("ST_SIZE_MISMATCH",
                fmt::format("data_offsets [{}, {}] hold {} B, expected {} B for {}", tensor.begin,
                            tensor.end, tensor.end - tensor.begin, *bits / 8,
                            TypeText(tensor.dtype, shape)));
  }
  return *elements;
}

/// `data_bytes` is where the last tensor ends, relative to the data.
Result<void> CheckFileSize(const std::string& path, std::uint64_t file_bytes,
                           std::uint64_t data_offset, std::uint64_t data_bytes) {
  const std::uint64_t got = file_bytes - data_offset;
  if (got == data_bytes) return {};
  const bool cut = got < data_bytes;
  return Fail({cut ? "ST_INCOMPLETE" : "ST_TRAILING", fmt::format("{} @ {:#x}", path, data_offset),
               fmt::format("{} B of data, expected {} B", got, data_bytes),
               cut ? "is the download complete?" : "something was appended to the file"});
}

/// The header's text, in which all names lie, and what was read from it.
class SafetensorsHeader final : public Header {
 public:
  /// Takes what it needs of `declared`, but its tensors, which `Adopt` checks first.
  SafetensorsHeader(std::unique_ptr<char[]> text, std::uint64_t data_offset,
                    DeclaredHeader& declared)
      : text_(std::move(text)),
        data_offset_(data_offset),
        dims_(std::move(declared.dims)),
        metadata_(std::move(declared.metadata)),
        index_(declared.tensors.size()) {}

  std::span<const TensorInfo> tensors() const override { return tensors_; }
  std::uint64_t data_offset() const override { return data_offset_; }
  std::span<const std::string> findings() const override { return findings_; }

  std::span<const std::pair<std::string_view, std::string_view>> metadata() const override {
    return metadata_;
  }

  const TensorInfo* Find(std::string_view name) const override {
    const std::size_t position = index_.Find(name);
    return position == NameIndex::kNone ? nullptr : &tensors_[position];
  }

  /// `declared` is in offset order.
  Result<void> Adopt(std::span<const DeclaredTensor> declared, const std::string& path,
                     std::uint64_t file_bytes) {
    if (Result<void> indexed = IndexNames(declared, path); !indexed) return indexed;
    tensors_.reserve(declared.size());
    std::uint64_t end = 0;
    for (const DeclaredTensor& tensor : declared) {
      if (Result<void> placed = CheckOffsets(path, tensor, end); !placed) return placed;
      const Shape shape = Shape(dims_).subspan(tensor.first_dim, tensor.rank);
      Result<std::uint64_t> elements = CheckSize(path, tensor, shape);
      if (!elements) return Fail(std::move(elements.error()));
      // The sum may wrap; CheckFileSize then refuses the header.
      tensors_.push_back(
          {.name = tensor.name,
           .dtype = tensor.dtype,
           .shape = shape,
           .elements = *elements,
           .range = {.offset = data_offset_ + tensor.begin, .size = tensor.end - tensor.begin}});
      end = tensor.end;
    }
    return CheckFileSize(path, file_bytes, data_offset_, end);
  }

  void NoteOddities(std::size_t blanks_before) {
    if (blanks_before > 0) {
      findings_.push_back(
          fmt::format("{} B of white space before the header's `{{`", blanks_before));
    }
    const TensorInfo* first = nullptr;
    std::size_t count = 0;
    for (const TensorInfo& tensor : tensors_) {
      const DtypeTraits& traits = Traits(tensor.dtype);
      if (traits.block_elements != 1 || tensor.range.offset % traits.block_bytes == 0) continue;
      if (count++ == 0) first = &tensor;
    }
    if (first == nullptr) return;
    findings_.push_back(fmt::format(
        "{} of {} tensors are not aligned to their element size, the first being \"{}\" ({} at "
        "{:#x})",
        count, tensors_.size(), first->name, Traits(first->dtype).name, first->range.offset));
  }

 private:
  Result<void> IndexNames(std::span<const DeclaredTensor> declared, const std::string& path) {
    for (std::size_t i = 0; i < declared.size(); ++i) {
      if (index_.Add(declared[i].name, i) == NameIndex::kNone) continue;
      return Fail({"ST_DUPLICATE_KEY",
                   WhereTensor(path, declared[i].name),
                   "is declared twice, expected unique names",
                   {}});
    }
    NameIndex keys(metadata_.size());
    for (std::size_t i = 0; i < metadata_.size(); ++i) {
      if (keys.Add(metadata_[i].first, i) == NameIndex::kNone) continue;
      return Fail({"ST_DUPLICATE_KEY",
                   path + ": __metadata__",
                   fmt::format("holds \"{}\" twice, expected unique keys", metadata_[i].first),
                   {}});
    }
    return {};
  }

  std::unique_ptr<char[]> text_;
  std::uint64_t data_offset_;
  std::vector<std::uint64_t> dims_;
  std::vector<TensorInfo> tensors_;
  std::vector<std::pair<std::string_view, std::string_view>> metadata_;
  NameIndex index_;
  std::vector<std::string> findings_;
};

/// The header's length, which the file has bytes for.
Result<std::uint64_t> ReadHeaderBytes(Source& source) {
  const std::uint64_t file_bytes = source.size_bytes();
  if (file_bytes < kPrefixBytes) {
    return Fail({"ST_TOO_SMALL", source.path(),
                 fmt::format("{} B, expected at least {} B", file_bytes, kPrefixBytes),
                 "is the download complete?"});
  }
  std::uint64_t header_bytes = 0;
  Result<void> copied = source.Copy(0, std::as_writable_bytes(std::span(&header_bytes, 1)));
  if (!copied) return Fail(std::move(copied.error()));
  if (header_bytes > kMostHeaderBytes) {
    return Fail(
        {"ST_HEADER_TOO_LARGE", source.path() + " @ 0x0",
         fmt::format("header of {} B, expected at most {} B", header_bytes, kMostHeaderBytes),
         "is this a SafeTensors file?"});
  }
  if (header_bytes > file_bytes - kPrefixBytes) {
    return Fail({"ST_HEADER_LENGTH", source.path() + " @ 0x0",
                 fmt::format("header of {} B in a file of {} B, expected at most {} B",
                             header_bytes, file_bytes, file_bytes - kPrefixBytes),
                 "is the download complete?"});
  }
  return header_bytes;
}

}  // namespace

bool DetectSafetensors(std::span<const std::byte> first_bytes, std::uint64_t file_bytes) {
  std::uint64_t header_bytes = 0;
  if (first_bytes.size() <= kPrefixBytes || file_bytes < kPrefixBytes) return false;
  std::memcpy(&header_bytes, first_bytes.data(), kPrefixBytes);
  const bool possible = header_bytes >= 2 && header_bytes <= kMostHeaderBytes &&
                        header_bytes <= file_bytes - kPrefixBytes;
  if (!possible) return false;
  const std::string_view text(reinterpret_cast<const char*>(first_bytes.data()),
                              first_bytes.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n", kPrefixBytes);
  return first == std::string_view::npos || text[first] == '{';
}

Result<std::unique_ptr<Header>> ParseSafetensors(Source& source) {
  Result<std::uint64_t> header_bytes = ReadHeaderBytes(source);
  if (!header_bytes) return Fail(std::move(header_bytes.error()));
  const std::size_t padded_bytes = *header_bytes + JsonPaddingBytes();
  std::unique_ptr<char[]> padded(new char[padded_bytes]);
  const std::span<char> text(padded.get(), *header_bytes);
  std::memset(padded.get() + text.size(), 0, JsonPaddingBytes());
  Result<void> copied = source.Copy(kPrefixBytes, std::as_writable_bytes(text));
  if (!copied) return Fail(std::move(copied.error()));

  Result<DeclaredHeader> declared = ParseSafetensorsJson(text, source.path());
  if (!declared) return Fail(std::move(declared.error()));
  const std::size_t blanks_before = declared->blanks_before;
  std::vector<DeclaredTensor>& tensors = declared->tensors;
  if (!std::is_sorted(tensors.begin(), tensors.end(), InOffsetOrder)) {
    std::stable_sort(tensors.begin(), tensors.end(), InOffsetOrder);
  }
  auto header = std::make_unique<SafetensorsHeader>(std::move(padded), kPrefixBytes + *header_bytes,
                                                    *declared);
  Result<void> adopted = header->Adopt(tensors, source.path(), source.size_bytes());
  if (!adopted) return Fail(std::move(adopted.error()));
  header->NoteOddities(blanks_before);
  return header;
}

}  // namespace falsify::loaders
