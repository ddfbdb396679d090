#include "harness/workloads/saboteur.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "harness/meters/clock.h"
#include "harness/workloads/disturb.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

using Kind = Sabotage::Kind;

Error Refused(const std::string& path, const char* call) {
  return SystemError("SABOTAGE", path, call, errno);
}

void Sleep(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

void Spin(double seconds) {
  const double until = MonotonicSeconds() + seconds;
  while (MonotonicSeconds() < until) {
  }
}

/// One byte of each page, so that all of them are mapped in.
void TouchPages(std::span<const std::byte> bytes) {
  volatile std::byte sink{};
  for (std::size_t at = 0; at < bytes.size(); at += kPage) sink = bytes[at];
  static_cast<void>(sink);
}

Result<void> TouchPayload(const loaders::Model& model, double bytes) {
  for (const loaders::TensorInfo& tensor : model.header().tensors()) {
    if (bytes <= 0) return {};
    const Result<loaders::TensorView> view = model.Resident(tensor);
    if (!view) return Fail(view.error());
    const auto share = std::min(bytes, static_cast<double>(view->bytes.size()));
    TouchPages(view->bytes.first(static_cast<std::size_t>(share)));
    bytes -= share;
  }
  return {};
}

std::size_t WholePages(double bytes) {
  return static_cast<std::size_t>(std::ceil(bytes / static_cast<double>(kPage))) * kPage;
}

/// The tensor before the output: every format's canonical list ends with it, whatever it is called.
const loaders::TensorInfo* LastNorm(const loaders::Model& model) {
  for (const loaders::TensorInfo& tensor : model.header().tensors()) {
    if (tensor.name == "model.norm.weight" || tensor.name == "output_norm.weight") return &tensor;
  }
  return nullptr;
}

const loaders::TensorInfo* SmallestTensor(const loaders::Model& model) {
  const loaders::TensorInfo* smallest = nullptr;
  for (const loaders::TensorInfo& tensor : model.header().tensors()) {
    if (tensor.range.size == 0) continue;
    if (smallest == nullptr || tensor.range.size < smallest->range.size) smallest = &tensor;
  }
  return smallest;
}

}  // namespace

Saboteur::Saboteur(const Sabotage& sabotage, std::string path)
    : sabotage_(sabotage), path_(std::move(path)) {}

Saboteur::~Saboteur() {
  for (const Mapping& mapping : mappings_) munmap(mapping.address, mapping.bytes);
}

Result<void> Saboteur::Hold(double bytes) {
  const std::size_t whole = WholePages(bytes);
  if (whole == 0) return {};
  void* const address =
      mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return Fail(Refused("memory", "mmap"));
  mappings_.push_back({address, whole});
  // Small pages, so that as many faults are taken as pages are touched.
  if (sabotage_.kind == Kind::kFaults) madvise(address, whole, MADV_NOHUGEPAGE);
  std::memset(address, 1, whole);
  return {};
}

Result<void> Saboteur::MapAgain(double bytes) {
  Result<FileDescriptor> file = OpenFile(path_, O_RDONLY);
  if (!file) return Fail(file.error());
  const off_t size = lseek(file->get(), 0, SEEK_END);
  if (size <= 0) return Fail(Refused(path_, "seek"));
  while (bytes > 0) {
    const double share = std::min(bytes, static_cast<double>(size));
    const std::size_t whole = static_cast<std::size_t>(share);
    void* const address = mmap(nullptr, whole, PROT_READ, MAP_PRIVATE, file->get(), 0);
    if (address == MAP_FAILED) return Fail(Refused(path_, "mmap"));
    mappings_.push_back({address, whole});
    TouchPages({static_cast<const std::byte*>(address), whole});
    bytes -= share;
  }
  return {};
}

Result<void> Saboteur::ReadAgain(double bytes, int flags) {
  Result<FileDescriptor> file = OpenFile(path_, O_RDONLY | flags);
  if (!file) return Fail(file.error());
  const std::unique_ptr<void, decltype(&std::free)> buffer(std::aligned_alloc(kPage, kReadBytes),
                                                           &std::free);
  if (buffer == nullptr) return Fail(Refused("memory", "allocate"));
  off_t at = 0;
  while (bytes > 0) {
    const ssize_t got = pread(file->get(), buffer.get(), kReadBytes, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 || (got == 0 && at == 0)) return Fail(Refused(path_, "read"));
    at = got < static_cast<ssize_t>(kReadBytes) ? 0 : at + got;
    bytes -= static_cast<double>(got);
  }
  return {};
}

Result<void> Saboteur::OnLoaded(const loaders::Model& model, PhaseClock& clock) {
  if (sabotage_.kind == Kind::kNone) return {};
  clock.Begin("sabotage");
  switch (sabotage_.kind) {
    case Kind::kDelay:
      Sleep(sabotage_.amount);
      return {};
    case Kind::kSpin:
      Spin(sabotage_.amount);
      return {};
    case Kind::kBallast:
      return Hold(sabotage_.amount);
    case Kind::kFaults:
      return Hold(sabotage_.amount * static_cast<double>(kPage));
    case Kind::kFileBallast:
      return MapAgain(sabotage_.amount);
    case Kind::kReads:
      return ReadAgain(sabotage_.amount, 0);
    case Kind::kStorageReads:
      return ReadAgain(sabotage_.amount, O_DIRECT);
    case Kind::kPrefault:
      return TouchPayload(model, sabotage_.amount);
    default:
      return {};
  }
}

Result<void> Saboteur::Alter(const loaders::Model& model) {
  const bool norm = sabotage_.kind == Kind::kNegateOutput;
  const loaders::TensorInfo* const tensor = norm ? LastNorm(model) : SmallestTensor(model);
  if (tensor == nullptr) {
    return Fail({.code = "SABOTAGE",
                 .where = path_,
                 .what = norm ? "the model has no last norm to negate" : "the model has no tensor",
                 .hint = {}});
  }
  const Result<loaders::TensorView> view = model.Resident(*tensor);
  if (!view) return Fail(view.error());
  if (norm) {
    altered_bytes_ = Disturbed(*view);
    altered_ = std::make_unique<AlteredModel>(model, tensor->name, altered_bytes_);
    return {};
  }
  // Room for an odd address, wherever the allocator puts it.
  const std::size_t shift = sabotage_.kind == Kind::kMisalign ? 1 : 0;
  altered_bytes_.resize(view->bytes.size() + shift);
  std::copy(view->bytes.begin(), view->bytes.end(),
            altered_bytes_.begin() + static_cast<std::ptrdiff_t>(shift));
  if (sabotage_.kind == Kind::kFlipByte) altered_bytes_.front() ^= std::byte{0xFF};
  altered_ =
      std::make_unique<AlteredModel>(model, tensor->name, std::span(altered_bytes_).subspan(shift));
  return {};
}

Result<const loaders::Model*> Saboteur::Seen(const loaders::Model& model) {
  const bool alters = sabotage_.kind == Kind::kFlipByte || sabotage_.kind == Kind::kNegateOutput ||
                      sabotage_.kind == Kind::kMisalign;
  if (!alters) return &model;
  if (const Result<void> altered = Alter(model); !altered) return Fail(altered.error());
  return altered_.get();
}

void Saboteur::OnWorked(PhaseClock& clock) const {
  if (sabotage_.kind != Kind::kDelayWork) return;
  clock.Begin(std::string(clock.phases().back().name));  // goes on with what the work ended with
  Sleep(sabotage_.amount);
}

Result<void> Saboteur::OnCycle() {
  if (sabotage_.kind == Kind::kLeak) return Hold(sabotage_.amount);
  if (sabotage_.kind != Kind::kLeakDescriptors) return {};
  for (int i = 0; i < static_cast<int>(sabotage_.amount); ++i) {
    Result<FileDescriptor> file = OpenFile(path_, O_RDONLY);
    if (!file) return Fail(file.error());
    descriptors_.push_back(std::move(*file));
  }
  return {};
}

}  // namespace falsify::harness
