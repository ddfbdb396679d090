#include "harness/meters/host_work.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <stdlib.h>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"
#include "harness/meters/cache_query.h"
#include "harness/meters/clock.h"
#include "harness/meters/file_reading.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kBufferBytes = 1024 * 1024;
constexpr std::uint64_t kBlockBytes = 4096;  // no common device wants a coarser alignment

void FillRandom(std::span<std::byte> bytes) {
  std::mt19937_64 random;
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = random();
    std::memcpy(&bytes[at], &word, std::min(sizeof(word), bytes.size() - at));
  }
}

Result<void> WriteRandom(int fd, std::uint64_t bytes, std::span<std::byte> buffer) {
  FillRandom(buffer);
  for (std::uint64_t done = 0; done < bytes;) {
    // Each piece differs from the one before, so that no storage stores it once only.
    std::memcpy(buffer.data(), &done, sizeof(done));
    const std::size_t want = std::min<std::uint64_t>(buffer.size(), bytes - done);
    const ssize_t put = write(fd, buffer.data(), want);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return Fail(SystemError("METER_SCRATCH", "scratch file", "write", errno));
    done += static_cast<std::uint64_t>(put);
  }
  if (fdatasync(fd) != 0) return Fail(SystemError("METER_SCRATCH", "scratch file", "sync", errno));
  return {};
}

}  // namespace

Result<double> AnonymousTouchSeconds(std::size_t bytes) {
  const Result<AnonymousMemory> fresh = AnonymousMemory::Map(bytes, PageSize::kBase);
  if (!fresh) return Fail(fresh.error());
  const double start = MonotonicSeconds();
  fresh->Touch();
  return MonotonicSeconds() - start;
}

Result<AnonymousMemory> FilledMemory(std::size_t bytes) {
  Result<AnonymousMemory> memory = AnonymousMemory::Map(bytes, PageSize::kHuge);
  if (memory) FillRandom(memory->bytes());
  return memory;
}

ScratchFile::ScratchFile(RegularFile file, std::string directory, AnonymousMemory buffer)
    : file_(std::move(file)), directory_(std::move(directory)), buffer_(std::move(buffer)) {}

Result<ScratchFile> ScratchFile::Create(const std::string& directory, std::uint64_t bytes) {
  std::string path = directory + "/falsify-scratch-XXXXXX";
  RegularFile file{FileDescriptor(mkostemp(path.data(), O_CLOEXEC)), bytes};
  if (file.descriptor.get() < 0) {
    return Fail(SystemError("METER_SCRATCH", directory, "create a scratch file", errno));
  }
  unlink(path.c_str());
  Result<AnonymousMemory> buffer = AnonymousMemory::Map(kBufferBytes, PageSize::kBase);
  if (!buffer) return Fail(buffer.error());
  const Result<void> written = WriteRandom(file.descriptor.get(), bytes, buffer->bytes());
  if (!written) return Fail(written.error());
  return ScratchFile(std::move(file), directory, *std::move(buffer));
}

Result<double> ScratchFile::CopySeconds() {
  const auto copy = [this] {
    return ReadRange(file_.descriptor.get(), directory_, {0, file_.size_bytes}, buffer_.bytes());
  };
  const Result<CacheState> state = QueryCache(file_, directory_);
  if (!state) return Fail(state.error());
  if (state->cached_pages < state->pages) {
    const Result<void> filled = copy();
    if (!filled) return Fail(filled.error());
  }
  const double start = MonotonicSeconds();
  const Result<void> copied = copy();
  if (!copied) return Fail(copied.error());
  return MonotonicSeconds() - start;
}

DirectSlice::DirectSlice(RegularFile file, std::string path, std::uint64_t size_bytes,
                         AnonymousMemory buffer)
    : file_(std::move(file)),
      path_(std::move(path)),
      size_bytes_(size_bytes),
      buffer_(std::move(buffer)) {}

Result<DirectSlice> DirectSlice::Open(const std::string& path, std::uint64_t bytes) {
  Result<RegularFile> file = OpenRegularFile(path, O_RDONLY | O_DIRECT);
  if (!file) {
    const bool no_direct = access(path.c_str(), R_OK) == 0 && file.error().code == "METER_OPEN";
    if (!no_direct) return Fail(file.error());
    return Fail({.code = "METER_DIRECT",
                 .where = path,
                 .what = "this file system has no O_DIRECT",
                 .hint = {}});
  }
  // Whole blocks only: the read after an unaligned end of file is EINVAL on some file systems.
  const std::uint64_t size_bytes = std::min(bytes, file->size_bytes) / kBlockBytes * kBlockBytes;
  if (size_bytes == 0) {
    return Fail({.code = "METER_DIRECT",
                 .where = path,
                 .what = fmt::format("the file is smaller than {} B", kBlockBytes),
                 .hint = {}});
  }
  Result<AnonymousMemory> buffer = AnonymousMemory::Map(kBufferBytes, PageSize::kHuge);
  if (!buffer) return Fail(buffer.error());
  buffer->Touch();
  return DirectSlice(*std::move(file), path, size_bytes, *std::move(buffer));
}

Result<double> DirectSlice::ReadSeconds() {
  const double start = MonotonicSeconds();
  const Result<void> read =
      ReadRange(file_.descriptor.get(), path_, {0, size_bytes_}, buffer_.bytes());
  if (!read) return Fail(read.error());
  return MonotonicSeconds() - start;
}

}  // namespace falsify::harness
