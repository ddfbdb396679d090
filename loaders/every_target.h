#pragma once

#include <cstdint>

#include "gtest/gtest.h"
#include "hwy/highway.h"

namespace falsify::loaders {

/// A test that runs once on every instruction set this host and build have.
class EveryTarget : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { Choose(GetParam()); }
  void TearDown() override { Choose(0); }

 private:
  static void Choose(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

inline auto AllTargets() { return testing::ValuesIn(hwy::SupportedAndGeneratedTargets()); }

inline const char* TargetOf(const testing::TestParamInfo<std::int64_t>& target) {
  return hwy::TargetName(target.param);
}

}  // namespace falsify::loaders
