#include "criteria/verdict.h"

namespace falsify::criteria {

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: return "PASS";
    case Verdict::kFalsified: return "FALSIFIED";
    case Verdict::kInconclusive: return "INCONCLUSIVE";
    case Verdict::kInvalid: return "INVALID";
    case Verdict::kError: return "ERROR";
  }
  return "ERROR";
}

}  // namespace falsify::criteria
