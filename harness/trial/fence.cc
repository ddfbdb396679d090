#include "harness/trial/fence.h"

#include <array>
#include <cstdint>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace falsify::harness {
namespace {

/// The kernel's struct landlock_ruleset_attr as of Linux 6.12, which the headers we build with may
/// not know; older kernels are given as much of it as they know.
struct RulesetAttr {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};
constexpr std::uint64_t kScopeAbstractSocket = 1U << 0;
constexpr std::uint64_t kScopeSignal = 1U << 1;
constexpr std::uint64_t kAccessTruncate = 1U << 14;

constexpr std::uint64_t kWrites = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                  LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                  LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

constexpr std::uint64_t kReads =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kListing = LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kTcp = 3;  // LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP

constexpr int kAbiTruncate = 3;
constexpr int kAbiNet = 4;
constexpr int kAbiScopes = 6;

std::size_t KnownBytes(long abi) {
  if (abi >= kAbiScopes) return sizeof(RulesetAttr);
  return abi >= kAbiNet ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
}

bool Allow(int ruleset, const char* path, std::uint64_t access) {
  const UniqueFd directory(open(path, O_PATH | O_CLOEXEC));
  if (!directory) return false;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = directory.get();
  return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

Fence Fence::Make(const FenceRules& rules) {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  Fence fence;
  if (abi < 1) return fence;
  RulesetAttr attr = {.handled_access_fs = kWrites, .handled_access_net = 0, .scoped = 0};
  if (abi >= kAbiTruncate) attr.handled_access_fs |= kAccessTruncate;
  if (rules.limits_reading) attr.handled_access_fs |= kReads;
  if (!rules.tcp && abi >= kAbiNet) attr.handled_access_net = kTcp;
  if (abi >= kAbiScopes) attr.scoped = kScopeSignal | kScopeAbstractSocket;
  UniqueFd ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attr, KnownBytes(abi), 0)));
  if (!ruleset) return fence;
  // Their own figures are reset, and their nulls and zeros written to, through these two.
  const std::uint64_t devices =
      LANDLOCK_ACCESS_FS_WRITE_FILE | (attr.handled_access_fs & (kAccessTruncate | kReads));
  for (const std::string& folder : rules.writable) {
    if (!Allow(ruleset.get(), folder.c_str(), attr.handled_access_fs)) return fence;
  }
  for (const std::string& path :
       rules.limits_reading ? rules.readable : std::vector<std::string>()) {
    // A single file cannot be listed.
    static_cast<void>(Allow(ruleset.get(), path.c_str(), kReads) ||
                      Allow(ruleset.get(), path.c_str(), kReads & ~kListing));
  }
  // Shared memory is memory, though it has names; a host may have none.
  static_cast<void>(Allow(ruleset.get(), "/dev/shm", attr.handled_access_fs));
  if (!Allow(ruleset.get(), "/proc", devices) || !Allow(ruleset.get(), "/dev", devices)) {
    return fence;
  }
  fence.ruleset_ = std::move(ruleset);
  fence.proc_access_ = devices;
  fence.keeps_from_tcp_ = attr.handled_access_net != 0;
  fence.keeps_from_ = abi >= kAbiScopes     ? "files and signals"
                      : abi >= kAbiTruncate ? "files"
                                            : "files, but not their truncation";
  return fence;
}

}  // namespace falsify::harness
