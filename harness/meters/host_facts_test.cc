#include "harness/meters/host_facts.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/meters/test_files.h"

namespace falsify::harness {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Of Linux 6.18 in a virtual machine; the last two lines are made up: an escaped blank, and a
// mount that hides another.
constexpr std::string_view kMountinfo =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684084k\n"
    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard,resv_strict\n"
    "30 25 0:27 / /dev/shm rw,relatime shared:5 master:1 - tmpfs hides rw\n"
    "not a mount\n"
    "40 27 0:99 /sub /mnt/my\\040models rw,relatime shared:5 - nfs4 host:/a\\134b rw\n";

TEST(HostFacts, FindsTheLongestMountPoint) {
  const std::optional<Mount> root = FindMount(kMountinfo, "/home/me/model.gguf");
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->type, "ext4");
  EXPECT_EQ(root->source, "/dev/vda");
  EXPECT_EQ(root->device_number, "254:0");
  EXPECT_EQ(FindMount(kMountinfo, "/proc/self")->type, "proc");
}

TEST(HostFacts, DoesNotTakeANameForItsPrefix) {
  EXPECT_EQ(FindMount(kMountinfo, "/process/model")->type, "ext4");
  EXPECT_EQ(FindMount(kMountinfo, "/proc")->type, "proc");
}

TEST(HostFacts, TakesTheMountOnTopOfTwo) {
  EXPECT_EQ(FindMount(kMountinfo, "/dev/shm/model")->source, "hides");
}

TEST(HostFacts, UnescapesMountPointsAndSources) {
  const std::optional<Mount> mount = FindMount(kMountinfo, "/mnt/my models/m.gguf");
  ASSERT_TRUE(mount.has_value());
  EXPECT_EQ(mount->point, "/mnt/my models");
  EXPECT_EQ(mount->type, "nfs4");
  EXPECT_EQ(mount->source, "host:/a\\b");
}

TEST(HostFacts, FindsNoMountInNonsense) {
  EXPECT_FALSE(FindMount("", "/x").has_value());
  EXPECT_FALSE(FindMount("1 2 3\n- - - -\n", "/x").has_value());
}

TEST(HostFacts, ReadsModelAndHypervisorOfACapturedCpuinfo) {
  const CpuFacts cpu = ParseCpuinfo(
      "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 167\n"
      "model name\t: Intel(R) Xeon(R) Processor\nflags\t\t: fpu avx hypervisor lahf_lm\n\n");
  EXPECT_EQ(cpu.model, "Intel(R) Xeon(R) Processor");
  EXPECT_EQ(cpu.virtualised, true);
}

TEST(HostFacts, TellsBareMetalFromUnknown) {
  EXPECT_EQ(ParseCpuinfo("flags\t\t: fpu hypervisor_guest\n").virtualised, false);
  EXPECT_EQ(ParseCpuinfo("Features\t: fp asimd\n").virtualised, std::nullopt);
  EXPECT_EQ(ParseCpuinfo("Features\t: fp asimd\n").model, "");
}

TEST(HostFacts, ReadsTheChosenWord) {
  EXPECT_EQ(ParseBracketed("always [madvise] never"), "madvise");
  EXPECT_EQ(ParseBracketed("always madvise"), "");
  EXPECT_EQ(ParseBracketed("] always [madvise"), "");
}

TEST(HostFacts, DescribesThisHost) {
  const TestDirectory directory;
  const auto facts = ReadHostFacts(directory.Write("model", 4096));
  for (const char* key : {"host", "kernel", "cores", "memory_bytes", "swap_bytes", "filesystem",
                          "device", "page_cache_control"}) {
    ASSERT_TRUE(facts.contains(key)) << key;
    EXPECT_NE(facts.at(key), "") << key;
  }
  EXPECT_THAT(facts.at("kernel"), StartsWith("Linux "));
  EXPECT_THAT(facts.at("page_cache_control"), HasSubstr(", per-file eviction"));
  EXPECT_GT(std::stoull(facts.at("memory_bytes")), 1U << 20U);
  EXPECT_EQ(facts.at("filesystem") == "tmpfs", !directory.IsOnDisk());
}

TEST(HostFacts, SaysWhatItCannotKnowOfAMissingFile) {
  const auto facts = ReadHostFacts("/nowhere/model");
  EXPECT_EQ(facts.at("page_cache_control"), "none: cannot open: No such file or directory");
  EXPECT_FALSE(facts.contains("filesystem"));
  EXPECT_TRUE(facts.contains("kernel"));
}

}  // namespace
}  // namespace falsify::harness
