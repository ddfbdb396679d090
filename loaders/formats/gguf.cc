#include "loaders/formats/gguf.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "loaders/bytes.h"
#include "loaders/formats/gguf_tensors.h"
#include "loaders/formats/header_bytes.h"
#include "loaders/formats/name_index.h"

namespace falsify::loaders {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::string_view kMagic = "GGUF";
constexpr std::uint64_t kLeastEntryBytes = 13;  // an empty key, a type and a byte
constexpr std::uint32_t kDefaultAlignment = 32;
constexpr std::string_view kAlignmentKey = "general.alignment";

/// A header while it is read, and once it has been.
class ParsedGguf final : public GgufHeader {
 public:
  explicit ParsedGguf(std::unique_ptr<HeaderBytes> bytes) : bytes_(std::move(bytes)) {}

  std::span<const TensorInfo> tensors() const override { return tensors_.tensors(); }
  const TensorInfo* Find(std::string_view name) const override { return tensors_.Find(name); }
  std::uint64_t data_offset() const override { return tensors_.data_offset(); }
  std::span<const std::string> findings() const override { return findings_; }
  std::uint32_t version() const override { return version_; }
  std::uint32_t alignment() const override { return alignment_; }
  std::span<const std::pair<std::string_view, std::string_view>> metadata() const override {
    return metadata_;
  }
  const GgufValue* FindValue(std::string_view key) const override {
    const std::size_t at = keys_->Find(key);
    return at == NameIndex::kNone ? nullptr : &entries_[at].value;
  }

  Result<void> Parse(const std::string& path, std::uint64_t file_bytes) {
    ByteCursor cursor(*bytes_, file_bytes);
    Result<void> read = ReadAll(cursor, path, file_bytes);
    if (bytes_->error()) return Fail(*bytes_->error());
    if (read) Show();
    return read;
  }

 private:
  Result<void> ReadAll(ByteCursor& cursor, const std::string& path, std::uint64_t file_bytes) {
    const auto counts = ReadPrefix(cursor, path);
    if (!counts) return Fail(counts.error());
    const auto [tensors, entries] = *counts;
    if (Result<void> read = ReadEntries(cursor, path, entries); !read) return read;
    if (Result<void> read = ReadAlignment(path); !read) return read;
    Result<GgufTensors> parsed =
        ReadGgufTensors(cursor, {path, file_bytes, tensors, alignment_}, findings_);
    if (!parsed) return Fail(std::move(parsed.error()));
    tensors_ = std::move(*parsed);
    return {};
  }

  Result<std::pair<std::uint64_t, std::uint64_t>> ReadPrefix(ByteCursor& cursor,
                                                             const std::string& path) {
    const auto refuse = [&](std::string code, std::string what) {
      return Fail({std::move(code), path, std::move(what), {}});
    };
    const auto magic = cursor.Text(kMagic.size());
    if (!magic || *magic != kMagic) {
      return refuse("GGUF_MAGIC", "does not begin with \"GGUF\"");
    }
    const auto version = cursor.Number<std::uint32_t>();
    if (!version) return refuse("GGUF_TRUNCATED", "the file ends inside its first 24 B");
    if (*version != 0 && (*version & 0xFFFFU) == 0) {
      return refuse("GGUF_ENDIAN", "is in the wrong byte order: big-endian, expected little");
    }
    if (*version < 2 || *version > 3) {
      return refuse("GGUF_VERSION",
                    fmt::format("version {}{}, expected 2 or 3", *version,
                                *version == 1 ? " with its 32-bit counts is obsolete" : ""));
    }
    version_ = *version;
    const auto tensors = cursor.Number<std::uint64_t>();
    const auto entries = cursor.Number<std::uint64_t>();
    if (!tensors || !entries) {
      return refuse("GGUF_TRUNCATED", "the file ends inside its first 24 B");
    }
    for (const auto& [what, count, least] : {std::tuple{"tensors", *tensors, kLeastGgufTensorBytes},
                                             std::tuple{"keys", *entries, kLeastEntryBytes}}) {
      if (count > cursor.left() / least) {
        return refuse("GGUF_COUNT",
                      fmt::format("{} {}, {} B are left in the file", count, what, cursor.left()));
      }
    }
    return std::pair(*tensors, *entries);
  }

  Result<void> ReadEntries(ByteCursor& cursor, const std::string& path, std::uint64_t count) {
    // The count is not to be trusted with an allocation: what has been read is.
    for (std::uint64_t i = 0; i < count; ++i) {
      const Result<GgufEntry> entry = ReadGgufEntry(cursor, path, findings_);
      if (!entry) return Fail(entry.error());
      entries_.push_back(*entry);
    }
    keys_.emplace(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (keys_->Add(entries_[i].key, i) == NameIndex::kNone) continue;
      return Fail(
          {"GGUF_DUP_KEY", path, fmt::format("key \"{}\" is there twice", entries_[i].key), {}});
    }
    return {};
  }

  Result<void> ReadAlignment(const std::string& path) {
    const GgufValue* value = FindValue(kAlignmentKey);
    if (value == nullptr) return {};
    const auto number = value->type == GgufType::kU32 ? value->Unsigned() : std::nullopt;
    if (!number || !std::has_single_bit(*number)) {
      return Fail({"GGUF_ALIGNMENT",
                   path,
                   fmt::format("{} is {} ({}), expected a power of two as u32", kAlignmentKey,
                               ShownValue(*value), Name(value->type)),
                   {}});
    }
    alignment_ = static_cast<std::uint32_t>(*number);
    if (alignment_ < 8) {
      findings_.push_back(
          fmt::format("{} is {}, expected a multiple of 8", kAlignmentKey, alignment_));
    }
    return {};
  }

  /// One block of text for all values that are not text already.
  void Show() {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const GgufEntry& entry : entries_) {
      const std::size_t from = shown_.size();
      if (entry.value.type != GgufType::kString) shown_ += ShownValue(entry.value);
      places.emplace_back(from, shown_.size() - from);
    }
    metadata_.reserve(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const auto text = entries_[i].value.Text();
      metadata_.emplace_back(
          entries_[i].key,
          text ? *text : std::string_view(shown_).substr(places[i].first, places[i].second));
    }
  }

  std::unique_ptr<HeaderBytes> bytes_;
  std::uint32_t version_ = 0;
  std::uint32_t alignment_ = kDefaultAlignment;
  std::vector<GgufEntry> entries_;
  std::optional<NameIndex> keys_;
  GgufTensors tensors_;
  std::string shown_;
  std::vector<std::pair<std::string_view, std::string_view>> metadata_;
  std::vector<std::string> findings_;
};

}  // namespace

bool DetectGguf(std::span<const std::byte> first_bytes, std::uint64_t) {
  return first_bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), first_bytes.begin(), [](char a, std::byte b) {
           return static_cast<unsigned char>(a) == static_cast<unsigned char>(b);
         });
}

Result<std::unique_ptr<Header>> ParseGguf(Source& source) {
  Result<std::unique_ptr<HeaderBytes>> bytes = HeaderBytes::Reserve(source);
  if (!bytes) return Fail(std::move(bytes.error()));
  auto header = std::make_unique<ParsedGguf>(std::move(*bytes));
  Result<void> parsed = header->Parse(source.path(), source.size_bytes());
  if (!parsed) return Fail(std::move(parsed.error()));
  return header;
}

}  // namespace falsify::loaders
