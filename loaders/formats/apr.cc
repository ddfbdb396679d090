#include "loaders/formats/apr.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "loaders/bytes.h"
#include "loaders/formats/apr_index.h"
#include "loaders/formats/apr_layout.h"
#include "simdjson.h"
#include "zlib.h"

namespace falsify::loaders {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kLeastCapacity = 64;
constexpr std::uint64_t kVerifyBytes = std::uint64_t{8} << 20;

template <class T>
T Load(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

std::string_view MagicOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), 4};
}

using std::string_view_literals::operator""sv;
constexpr std::string_view kMagic = "APR\0"sv;
constexpr std::string_view kOtherMagic = "APR2"sv;
constexpr std::array kDialects = {"APR1"sv, "APRN"sv, "APR\x02"sv};

struct Prefix {
  std::uint16_t flags;
  std::uint32_t tensors;
  ByteRange metadata;
  std::uint64_t index_offset;
  std::uint64_t data_offset;
};

class AprParser {
 public:
  AprParser(Source& source, std::vector<std::string>& findings)
      : source_(source), findings_(findings) {}

  Result<Prefix> ReadPrefix() {
    std::array<std::byte, kAprHeaderBytes> bytes;
    if (source_.size_bytes() < bytes.size()) {
      return Refuse("APR_TOO_SHORT", fmt::format("{} B, expected at least {} B",
                                                 source_.size_bytes(), bytes.size()));
    }
    if (Result<void> read = source_.Copy(0, bytes); !read) return Fail(read.error());
    if (Result<void> known = CheckMagic(MagicOf(bytes)); !known) return Fail(known.error());
    const auto stored = Load<std::uint32_t>(bytes, kAprChecksumAt);
    if (stored != AprHeaderChecksum(bytes)) {
      return Refuse("APR_CHECKSUM",
                    fmt::format("the header's CRC-32 is {:08x}, the file says {:08x}",
                                AprHeaderChecksum(bytes), stored));
    }
    const auto major = Load<std::uint8_t>(bytes, 4);
    const auto minor = Load<std::uint8_t>(bytes, 5);
    if (major != 2) return Refuse("APR_VERSION", fmt::format("version {}, expected 2", major));
    if (minor != 0) findings_.push_back(fmt::format("minor version {}, expected 0", minor));
    const Prefix prefix = {
        .flags = Load<std::uint16_t>(bytes, 6),
        .tensors = Load<std::uint32_t>(bytes, 8),
        .metadata = {Load<std::uint64_t>(bytes, 12), Load<std::uint32_t>(bytes, 20)},
        .index_offset = Load<std::uint64_t>(bytes, 24),
        .data_offset = Load<std::uint64_t>(bytes, 32)};
    const auto reserved = std::span(bytes).subspan(kAprChecksumAt + 4);
    if (std::any_of(reserved.begin(), reserved.end(),
                    [](std::byte b) { return b != std::byte{}; })) {
      findings_.emplace_back("reserved bytes of the header are not zero");
    }
    if (Result<void> fine = CheckFlags(prefix.flags); !fine) return Fail(fine.error());
    if (Result<void> fine = CheckBounds(prefix); !fine) return Fail(fine.error());
    return prefix;
  }

 private:
  tl::unexpected<Error> Refuse(std::string code, std::string what, std::string hint = {}) const {
    return Fail({std::move(code), source_.path(), std::move(what), std::move(hint)});
  }

  Result<void> CheckMagic(std::string_view magic) {
    if (magic == kMagic) return {};
    if (magic == kOtherMagic) {
      findings_.emplace_back("begins with \"APR2\", expected \"APR\" and a zero byte");
      return {};
    }
    for (const std::string_view dialect : kDialects) {
      if (magic != dialect) continue;
      return Refuse("APR_DIALECT",
                    fmt::format("begins with \"{}\", another format of the same name, expected "
                                "version 2",
                                dialect));
    }
    return Refuse("APR_MAGIC", "does not begin with \"APR\" and a zero byte");
  }

  Result<void> CheckFlags(std::uint16_t flags) {
    if ((flags & kAprColumnMajor) != 0) {
      return Refuse("APR_LAYOUT", "its matrices are column-major, expected row-major");
    }
    if ((flags & (kAprLz4 | kAprZstd)) != 0) {
      return Refuse("APR_COMPRESSED",
                    fmt::format("is compressed ({})", (flags & kAprLz4) != 0 ? "LZ4" : "ZSTD"),
                    "only a loader that holds the whole file in memory (read, pread) can unpack "
                    "it: compressed "
                    "weights cannot be used in place");
    }
    if ((flags & kAprEncrypted) != 0) return Refuse("APR_ENCRYPTED", "is encrypted");
    if ((flags & kAprSigned) != 0)
      findings_.emplace_back("is signed; the signature is not checked");
    if ((flags & kAprSharded) != 0) findings_.emplace_back("is one shard of a model");
    if ((flags & ~kAprKnownFlags) != 0) {
      findings_.push_back(fmt::format("flags {:#06x} are undefined", flags & ~kAprKnownFlags));
    }
    return {};
  }

  Result<void> CheckBounds(const Prefix& prefix) {
    const std::uint64_t file_bytes = source_.size_bytes();
    const auto metadata_end = CheckedAdd(prefix.metadata.offset, prefix.metadata.size);
    if (prefix.metadata.offset < kAprHeaderBytes || !metadata_end || *metadata_end > file_bytes) {
      return Refuse("APR_METADATA_BOUNDS",
                    fmt::format("metadata of {} B at {} in a file of {} B", prefix.metadata.size,
                                prefix.metadata.offset, file_bytes));
    }
    if (prefix.metadata.size > kAprMostMetadataBytes) {
      return Refuse("APR_METADATA", fmt::format("metadata of {} B, expected at most {} B",
                                                prefix.metadata.size, kAprMostMetadataBytes));
    }
    if (prefix.index_offset < *metadata_end || prefix.data_offset < prefix.index_offset ||
        prefix.data_offset > file_bytes) {
      return Refuse(
          "APR_INDEX_BOUNDS",
          fmt::format("index at {} and data at {}, expected them after the metadata's end "
                      "at {} and within {} B",
                      prefix.index_offset, prefix.data_offset, *metadata_end, file_bytes));
    }
    if (prefix.data_offset % kAprAlignment != 0) {
      return Refuse("APR_ALIGN", fmt::format("the data begins at {}, expected a multiple of {}",
                                             prefix.data_offset, kAprAlignment));
    }
    return {};
  }

  Source& source_;
  std::vector<std::string>& findings_;
};

class ParsedApr final : public AprHeader {
 public:
  std::span<const TensorInfo> tensors() const override { return index_.tensors; }
  const TensorInfo* Find(std::string_view name) const override { return index_.Find(name); }
  std::uint64_t data_offset() const override { return data_offset_; }
  std::span<const std::string> findings() const override { return findings_; }
  std::string_view metadata_json() const override { return metadata_text_; }
  std::span<const std::pair<std::string_view, std::string_view>> metadata() const override {
    return metadata_;
  }

  Result<void> Read(Source& source) {
    const Result<Prefix> prefix = AprParser(source, findings_).ReadPrefix();
    if (!prefix) return Fail(prefix.error());
    data_offset_ = prefix->data_offset;
    if (Result<void> read = ReadMetadata(source, prefix->metadata); !read) return read;
    const std::uint64_t bytes = prefix->data_offset - prefix->index_offset;
    index_bytes_ = std::make_unique_for_overwrite<std::byte[]>(bytes);
    const std::span<std::byte> raw(index_bytes_.get(), bytes);
    if (Result<void> read = source.Copy(prefix->index_offset, raw); !read) return read;
    Result<AprIndex> index = ReadAprIndex(
        {raw, source.path(), prefix->tensors, data_offset_, source.size_bytes()}, findings_);
    if (!index) return Fail(std::move(index.error()));
    index_ = std::move(*index);
    return {};
  }

 private:
  Result<void> ReadMetadata(Source& source, ByteRange range) {
    const auto refuse = [&](std::string what) {
      return Fail({"APR_METADATA",
                   fmt::format("{} @ {:#x}", source.path(), range.offset),
                   std::move(what),
                   {}});
    };
    metadata_text_.resize(range.size);
    const auto bytes = std::as_writable_bytes(std::span(metadata_text_));
    if (Result<void> read = source.Copy(range.offset, bytes); !read) return read;
    simdjson::dom::parser parser;
    if (parser.allocate(std::max(metadata_text_.size(), kLeastCapacity), kMostLevels) !=
        simdjson::SUCCESS) {
      return refuse("no memory to parse it");
    }
    simdjson::dom::object object;
    const auto error =
        parser.parse(metadata_text_.data(), metadata_text_.size()).get_object().get(object);
    if (error) {
      return refuse(fmt::format("is not a JSON object: {}", simdjson::error_message(error)));
    }
    std::vector<std::array<std::size_t, 4>> places;
    for (const simdjson::dom::key_value_pair field : object) {
      const std::string value = simdjson::minify(field.value);
      const std::size_t at = shown_.size();
      shown_.append(field.key).append(value);
      places.push_back({at, field.key.size(), at + field.key.size(), value.size()});
    }
    const std::string_view shown = shown_;
    for (const auto& [key, key_size, value, value_size] : places) {
      metadata_.emplace_back(shown.substr(key, key_size), shown.substr(value, value_size));
    }
    return {};
  }

  std::uint64_t data_offset_ = 0;
  std::string metadata_text_;
  std::string shown_;
  std::vector<std::pair<std::string_view, std::string_view>> metadata_;
  std::unique_ptr<std::byte[]> index_bytes_;
  AprIndex index_;
  std::vector<std::string> findings_;
};

}  // namespace

bool DetectApr(std::span<const std::byte> first_bytes, std::uint64_t) {
  if (first_bytes.size() < kMagic.size()) return false;
  const std::string_view magic = MagicOf(first_bytes);
  return magic == kMagic || magic == kOtherMagic ||
         std::find(kDialects.begin(), kDialects.end(), magic) != kDialects.end();
}

Result<std::unique_ptr<Header>> ParseApr(Source& source) {
  auto header = std::make_unique<ParsedApr>();
  if (Result<void> read = header->Read(source); !read) return Fail(std::move(read.error()));
  return header;
}

Result<void> VerifyApr(Source& source, const Header& header) {
  const std::uint64_t end = AprDataEnd(header);
  if (source.size_bytes() != end + kAprFooterBytes) return {};
  std::vector<std::byte> piece(std::min(kVerifyBytes, end));
  uLong crc = crc32_z(0, nullptr, 0);
  for (std::uint64_t at = 0; at < end;) {
    const auto bytes = std::span(piece).first(std::min<std::uint64_t>(piece.size(), end - at));
    if (Result<void> read = source.Copy(at, bytes); !read) return read;
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    at += bytes.size();
  }
  std::array<std::byte, kAprFooterBytes> footer;
  if (Result<void> read = source.Copy(end, footer); !read) return read;
  const auto stored = Load<std::uint32_t>(footer, 0);
  if (stored == crc) return {};
  return Fail({"APR_FOOTER", fmt::format("{} @ {:#x}", source.path(), end),
               fmt::format("the file's CRC-32 is {:08x}, its footer says {:08x}", crc, stored),
               "some byte is not what was written"});
}

}  // namespace falsify::loaders
