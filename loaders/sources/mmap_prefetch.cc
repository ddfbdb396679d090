#include "loaders/sources/mmap_prefetch.h"

#include <algorithm>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include "loaders/sources/huge_buffer.h"
#include "loaders/sources/mapped_source.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kDefaultPiece = std::uint64_t{16} << 20;

class PrefetchSource final : public Source {
 public:
  PrefetchSource(std::unique_ptr<MappedSource> mapped, HugeBuffer scratch)
      : mapped_(std::move(mapped)), scratch_(std::move(scratch)) {
    mapped_->AmendReport([](LoadReport& report) {
      report.advice.emplace_back("read ahead by a thread of its own");
    });
    try {
      reader_ = std::jthread([this](const std::stop_token& stop) { ReadAhead(stop); });
    } catch (const std::system_error&) {
      Note("no thread to read ahead: as mmap");
    }
  }

  const std::string& path() const override { return mapped_->path(); }
  std::uint64_t size_bytes() const override { return mapped_->size_bytes(); }
  LoadReport report() const override { return mapped_->report(); }
  Result<std::span<const std::byte>> View(ByteRange range) override { return mapped_->View(range); }
  Result<void> Copy(std::uint64_t offset, std::span<std::byte> into) override {
    return mapped_->Copy(offset, into);
  }

 private:
  void ReadAhead(const std::stop_token& stop) {
    const std::uint64_t size = mapped_->size_bytes();
    const std::span<std::byte> scratch = scratch_.bytes();
    for (std::uint64_t at = 0; at < size && !stop.stop_requested(); at += scratch.size()) {
      const std::uint64_t piece = std::min<std::uint64_t>(scratch.size(), size - at);
      const Result<void> read = mapped_->Copy(at, scratch.first(piece));
      if (!read) return Note("stopped reading ahead: " + read.error().Line());
    }
  }

  void Note(std::string fallback) {
    mapped_->AmendReport(
        [&](LoadReport& report) { report.fallbacks.push_back(std::move(fallback)); });
  }

  std::unique_ptr<MappedSource> mapped_;
  HugeBuffer scratch_;
  std::jthread reader_;  // last: joined before what it uses goes
};

}  // namespace

Result<std::unique_ptr<Source>> OpenMmapPrefetch(const std::string& path,
                                                 const SourceOptions& options) {
  Result<std::unique_ptr<MappedSource>> mapped = MappedSource::Open(path);
  if (!mapped) return Fail(std::move(mapped.error()));
  const std::uint64_t piece = options.chunk_bytes != 0 ? options.chunk_bytes : kDefaultPiece;
  Result<HugeBuffer> scratch = HugeBuffer::Make(std::min(piece, (*mapped)->size_bytes()), path);
  if (!scratch) return Fail(std::move(scratch.error()));
  (*mapped)->AmendReport([&](LoadReport& report) {
    report.chunk_bytes = piece;
    scratch->AdviseHugePages(report);
  });
  return std::make_unique<PrefetchSource>(std::move(*mapped), std::move(*scratch));
}

}  // namespace falsify::loaders
