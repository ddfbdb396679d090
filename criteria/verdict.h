#pragma once

#include <string_view>

namespace falsify::criteria {

/// `kPass` corroborated; `kInconclusive` budget spent undecided; `kInvalid` the test itself does not
/// hold; `kError` the subject could not be run.
enum class Verdict { kPass, kFalsified, kInconclusive, kInvalid, kError };

/// "PASS", "FALSIFIED", "INCONCLUSIVE", "INVALID", "ERROR".
std::string_view Name(Verdict verdict);

}  // namespace falsify::criteria
