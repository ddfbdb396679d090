#include "harness/meters/host_probes.h"

#include <filesystem>
#include <vector>

#include "gtest/gtest.h"
#include "harness/meters/page_cache.h"
#include "harness/meters/process_memory.h"
#include "harness/meters/test_files.h"

namespace falsify::harness {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
constexpr std::size_t kMiB = 1024 * 1024;
constexpr ProbeKind kKinds[] = {ProbeKind::kDevice, ProbeKind::kPageCacheCopy,
                                ProbeKind::kMemoryRead, ProbeKind::kAnonymousTouch};

TEST(HostProbes, HaveTheNamesOfTheRecord) {
  std::vector<std::string_view> names;
  for (const ProbeKind kind : kKinds) names.push_back(Name(kind));
  EXPECT_EQ(names, (std::vector<std::string_view>{"device", "page_cache_copy", "memory_read",
                                                  "anonymous_touch"}));
}

TEST(HostProbes, TimeEveryKind) {
  const TestDirectory directory;
  const std::string model = directory.Write("model", 8 * kMiB + 77);
  Result<HostProbes> probes = HostProbes::Prepare({directory.path(), model});
  ASSERT_TRUE(probes.has_value()) << probes.error().Line();
  for (const ProbeKind kind : kKinds) {
    const Result<double> seconds = probes->Run(kind);
    if (kind == ProbeKind::kDevice && !directory.IsOnDisk() && !seconds) {
      EXPECT_EQ(seconds.error().code, "METER_PROBE_UNAVAILABLE");
      continue;
    }
    ASSERT_TRUE(seconds.has_value()) << Name(kind) << " " << seconds.error().Line();
    EXPECT_GT(*seconds, 0.0) << Name(kind);
  }
}

TEST(HostProbes, LeaveAColdModelCold) {
  const TestDirectory directory;
  const std::string model = directory.Write("model", 8 * kMiB);
  if (!MakeCold(model)) {
    EXPECT_FALSE(directory.IsOnDisk());
    return;
  }
  Result<HostProbes> probes = HostProbes::Prepare({directory.path(), model});
  ASSERT_TRUE(probes.has_value());
  for (const ProbeKind kind : kKinds) ASSERT_TRUE(probes->Run(kind).has_value());
  EXPECT_EQ(QueryCache(model)->cached_pages, 0U);
}

TEST(HostProbes, SayWhyThereIsNoDeviceProbe) {
  const TestDirectory directory;
  Result<HostProbes> without = HostProbes::Prepare({directory.path(), ""});
  ASSERT_TRUE(without.has_value());
  EXPECT_EQ(without->Run(ProbeKind::kDevice).error().Line(),
            "device: no model file [METER_PROBE_UNAVAILABLE]");
  EXPECT_TRUE(without->Run(ProbeKind::kMemoryRead).has_value());

  const std::string tiny = directory.Write("tiny", 100);
  Result<HostProbes> with_tiny = HostProbes::Prepare({directory.path(), tiny});
  ASSERT_TRUE(with_tiny.has_value());
  EXPECT_EQ(with_tiny->Run(ProbeKind::kDevice).error().code, "METER_PROBE_UNAVAILABLE");
}

TEST(HostProbes, KeepTheirBoundAndLeaveNothingBehind) {
  if (kThreadSanitizer) GTEST_SKIP() << "its shadow counts as anonymous memory";
  const TestDirectory directory;
  const std::uint64_t before = ReadProcessMemory()->anon;
  {
    Result<HostProbes> probes = HostProbes::Prepare({directory.path(), ""});
    ASSERT_TRUE(probes.has_value());
    for (const ProbeKind kind : kKinds) static_cast<void>(probes->Run(kind));
    EXPECT_LT(ReadProcessMemory()->anon, before + 264 * kMiB);
  }
  EXPECT_LT(ReadProcessMemory()->anon, before + 4 * kMiB);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(HostProbes, RefuseADirectoryTheyCannotWriteTo) {
  const Result<HostProbes> probes = HostProbes::Prepare({"/nowhere", ""});
  ASSERT_FALSE(probes.has_value());
  EXPECT_EQ(probes.error().Line(),
            "/nowhere: cannot create a scratch file: No such file or directory [METER_SCRATCH]");
}

}  // namespace
}  // namespace falsify::harness
