#include "harness/meters/faults_cpu.h"

#include "gtest/gtest.h"
#include "harness/meters/anonymous_memory.h"
#include "harness/meters/memory_read.h"
#include "harness/meters/page_bytes.h"

namespace falsify::harness {
namespace {

TEST(FaultsCpu, CountsOneMinorFaultPerFreshPage) {
  constexpr std::size_t kPages = 4096;
  const Result<AnonymousMemory> fresh = AnonymousMemory::Map(kPages * PageBytes(), PageSize::kBase);
  ASSERT_TRUE(fresh.has_value());
  const FaultsAndCpu before = ReadFaultsAndCpu();
  fresh->Touch();
  const FaultsAndCpu after = ReadFaultsAndCpu();
  EXPECT_GE(after.minor_faults - before.minor_faults, kPages);
  EXPECT_LT(after.minor_faults - before.minor_faults, kPages + 200);
}

TEST(FaultsCpu, CountsWorkAsCpuTime) {
  const Result<AnonymousMemory> memory = AnonymousMemory::Map(1 << 20, PageSize::kBase);
  ASSERT_TRUE(memory.has_value());
  const FaultsAndCpu before = ReadFaultsAndCpu();
  std::uint64_t sum = 0;
  while (ReadFaultsAndCpu().cpu_seconds <= before.cpu_seconds) sum += FoldBytes(memory->bytes());
  EXPECT_EQ(sum, 0U);
}

}  // namespace
}  // namespace falsify::harness
