#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace falsify::criteria {

/// `kPass` corroborated; `kInconclusive` budget spent undecided; `kInvalid` the test itself does
/// not hold; `kError` the subject could not be run.
enum class Verdict { kPass, kFalsified, kInconclusive, kInvalid, kError };

/// "PASS", "FALSIFIED", "INCONCLUSIVE", "INVALID", "ERROR".
std::string_view Name(Verdict verdict);

/// The inverse of Name, exactly as spelt there; absent for any other text.
std::optional<Verdict> VerdictFromName(std::string_view name);

/// The worst of the hypotheses' verdicts: ERROR, FALSIFIED, INVALID, INCONCLUSIVE, PASS. None at
/// all is INVALID: nothing was tested.
Verdict StudyVerdict(std::span<const Verdict> hypotheses);

/// Of the process: 0 PASS, 1 FALSIFIED, 3 INVALID or INCONCLUSIVE, 4 ERROR.
int ExitCode(Verdict study);

}  // namespace falsify::criteria
