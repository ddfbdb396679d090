#include "criteria/compound.h"

#include <algorithm>
#include <array>

namespace falsify::criteria {
namespace {

/// Worst first. Unlike a study, whose exit code owes its reader that something could not run, a
/// compound is false as soon as one of its members is.
constexpr std::array kByPrecedence = {Verdict::kFalsified, Verdict::kError, Verdict::kInvalid,
                                      Verdict::kInconclusive, Verdict::kPass};

Verdict Worst(std::span<const Conclusion> members) {
  for (const Verdict verdict : kByPrecedence) {
    const auto has_it = [&](const Conclusion& member) { return member.verdict == verdict; };
    if (std::any_of(members.begin(), members.end(), has_it)) return verdict;
  }
  return Verdict::kInvalid;
}

}  // namespace

Conclusion AllOf(std::span<const Conclusion> members) {
  Conclusion all = {.verdict = Worst(members), .e_falsify = {}, .e_corroborate = {}};
  if (members.empty()) return all;
  all.e_falsify = 0;
  all.e_corroborate = members.front().e_corroborate;
  for (const Conclusion& member : members) {
    if (!member.e_falsify) all.e_falsify.reset();
    if (!member.e_corroborate) all.e_corroborate.reset();
    if (all.e_falsify) *all.e_falsify += *member.e_falsify / static_cast<double>(members.size());
    if (all.e_corroborate) all.e_corroborate = std::min(all.e_corroborate, member.e_corroborate);
  }
  return all;
}

}  // namespace falsify::criteria
