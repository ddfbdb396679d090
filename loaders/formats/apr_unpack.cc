#include "loaders/formats/apr_unpack.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "loaders/formats/apr_layout.h"
#include "loaders/sources/buffer_source.h"
#include "loaders/sources/huge_buffer.h"
#include "lz4.h"
#include "zstd.h"

namespace falsify::loaders {
namespace {

using Bytes = std::span<const std::byte>;

/// A length is believed only as far as the method can stretch its input: LZ4 adds at most 255 bytes
/// per byte of input (its block format), ZSTD at most a block of 128 KiB per 4 B (RFC 8878).
constexpr std::uint64_t kMostLz4Growth = 255;
constexpr std::uint64_t kMostZstdGrowth = 32768;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;
constexpr std::size_t kFlagsAt = 6;

struct Unpacked {
  HugeBuffer file;
  std::uint64_t bytes;
};

class Unpacker {
 public:
  Unpacker(const std::string& path, Bytes packed) : path_(path), packed_(packed) {}

  Result<Unpacked> Lz4() const {
    std::uint32_t size = 0;
    if (packed_.size() < sizeof(size)) return Refuse("LZ4", "it ends before its length");
    std::memcpy(&size, packed_.data(), sizeof(size));
    const Bytes block = packed_.subspan(sizeof(size));
    if (size / kMostLz4Growth > block.size()) {
      return Refuse("LZ4",
                    fmt::format("{} B cannot hold the {} B that it announces", block.size(), size));
    }
    if (block.size() > kMostLz4 || size > kMostLz4) {
      return Refuse("LZ4", fmt::format("a block of more than {} B", kMostLz4));
    }
    Result<HugeBuffer> room = Room(size);
    if (!room) return Fail(std::move(room.error()));
    const int got =
        LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()),
                            reinterpret_cast<char*>(room->bytes().data()) + kAprHeaderBytes,
                            static_cast<int>(block.size()), static_cast<int>(size));
    if (got < 0 || static_cast<std::uint32_t>(got) != size) {
      return Refuse("LZ4", fmt::format("what follows the header is no block of {} B", size));
    }
    return Unpacked{std::move(*room), kAprHeaderBytes + size};
  }

  Result<Unpacked> Zstd() const {
    const unsigned long long said = ZSTD_getFrameContentSize(packed_.data(), packed_.size());
    if (said == ZSTD_CONTENTSIZE_ERROR) {
      return Refuse("ZSTD", "what follows the header is no frame");
    }
    if (said == ZSTD_CONTENTSIZE_UNKNOWN) {
      const Result<std::uint64_t> counted = Stream({});
      if (!counted) return Fail(counted.error());
      return ZstdOf(*counted);
    }
    return ZstdOf(said);
  }

 private:
  static constexpr std::uint64_t kMostLz4 = std::numeric_limits<int>::max();

  tl::unexpected<Error> Refuse(std::string_view method, std::string what) const {
    return Fail({"APR_COMPRESSED", path_,
                 fmt::format("is flagged as compressed ({}), but {}", method, what),
                 "write it again without compression"});
  }

  Result<HugeBuffer> Room(std::uint64_t size) const {
    return HugeBuffer::Make(kAprHeaderBytes + size, path_);
  }

  std::uint64_t Most() const { return std::min(kMostBytes, packed_.size() * kMostZstdGrowth); }

  Result<Unpacked> ZstdOf(std::uint64_t size) const {
    if (size > Most()) {
      return Refuse(
          "ZSTD", fmt::format("{} B cannot hold the {} B that it announces", packed_.size(), size));
    }
    Result<HugeBuffer> room = Room(size);
    if (!room) return Fail(std::move(room.error()));
    const Result<std::uint64_t> got =
        Stream(room->bytes().subspan(kAprHeaderBytes, static_cast<std::size_t>(size)));
    if (!got) return Fail(got.error());
    if (*got != size) return Refuse("ZSTD", fmt::format("it holds {} B, not {} B", *got, size));
    return Unpacked{std::move(*room), kAprHeaderBytes + size};
  }

  /// Unpacks one frame into `into`, or only counts what it holds if `into` is empty.
  Result<std::uint64_t> Stream(std::span<std::byte> into) const {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx);
    if (!context) return Fail({"IO_MEMORY", path_, "no memory to unpack it", {}});
    std::vector<std::byte> scratch(into.empty() ? ZSTD_DStreamOutSize() : 0);
    ZSTD_inBuffer input = {packed_.data(), packed_.size(), 0};
    std::uint64_t done = 0;
    for (std::size_t left = 1; left != 0;) {
      const std::span<std::byte> room = into.empty() ? std::span(scratch) : into.subspan(done);
      ZSTD_outBuffer output = {room.data(), room.size(), 0};
      const std::size_t before = input.pos;
      left = ZSTD_decompressStream(context.get(), &output, &input);
      if (ZSTD_isError(left) != 0) {
        return Refuse("ZSTD", fmt::format("its frame is broken: {}", ZSTD_getErrorName(left)));
      }
      done += output.pos;
      if (done > Most()) return Refuse("ZSTD", fmt::format("it grows beyond {} B", Most()));
      if (left != 0 && output.pos == 0 && input.pos == before) {
        return Refuse("ZSTD", "its frame is cut short");
      }
    }
    if (input.pos == input.size) return done;
    return Refuse("ZSTD", fmt::format("{} B follow its frame", input.size - input.pos));
  }

  const std::string& path_;
  Bytes packed_;
};

/// Makes the copy of the header that of a file which never was compressed.
void MakePlain(std::span<std::byte> header) {
  std::uint16_t flags = 0;
  std::memcpy(&flags, header.data() + kFlagsAt, sizeof(flags));
  flags = static_cast<std::uint16_t>(flags & ~(kAprLz4 | kAprZstd));
  std::memcpy(header.data() + kFlagsAt, &flags, sizeof(flags));
  const std::uint32_t checksum = AprHeaderChecksum(header);
  std::memcpy(header.data() + kAprChecksumAt, &checksum, sizeof(checksum));
}

}  // namespace

Result<std::unique_ptr<Source>> UnpackApr(std::unique_ptr<Source> source) {
  if (source->size_bytes() < kAprHeaderBytes) return source;
  const Result<Bytes> whole = source->View({0, source->size_bytes()});
  if (!whole) return Fail(whole.error());
  const Bytes header = whole->first(kAprHeaderBytes);
  std::uint16_t flags = 0;
  std::uint32_t checksum = 0;
  std::memcpy(&flags, header.data() + kFlagsAt, sizeof(flags));
  std::memcpy(&checksum, header.data() + kAprChecksumAt, sizeof(checksum));
  const bool lz4 = (flags & kAprLz4) != 0;
  const bool zstd = (flags & kAprZstd) != 0;
  const bool ours = lz4 != zstd && (flags & (kAprEncrypted | kAprColumnMajor)) == 0 &&
                    checksum == AprHeaderChecksum(header);
  if (!ours) return source;
  const Unpacker unpacker(source->path(), whole->subspan(kAprHeaderBytes));
  Result<Unpacked> unpacked = lz4 ? unpacker.Lz4() : unpacker.Zstd();
  if (!unpacked) return Fail(std::move(unpacked.error()));
  const std::span<std::byte> own = unpacked->file.bytes().first(kAprHeaderBytes);
  std::copy(header.begin(), header.end(), own.begin());
  MakePlain(own);
  LoadReport report = source->report();
  report.advice.push_back(fmt::format("unpacked {}: {} B", lz4 ? "LZ4" : "ZSTD", unpacked->bytes));
  return std::make_unique<BufferSource>(source->path(), unpacked->bytes, std::move(unpacked->file),
                                        std::move(report));
}

}  // namespace falsify::loaders
