#pragma once

#include "harness/record.h"

namespace falsify::reports {

// Records for the tests of this folder, each as a run might have left it. Figures are consistent
// with one another and with criteria/ (e-values, intervals), not measured.

harness::Record PassRecord();          ///< caught a control; one claim relative to the payload
harness::Record FalsifiedRecord();     ///< more counter-examples than are listed
harness::Record InconclusiveRecord();  ///< budget spent; some blocks set aside
harness::Record
InvalidRecord();                ///< unmatched payloads, unreachable cache state, no control caught
harness::Record ErrorRecord();  ///< crashes with stderr
harness::Record AllTimeoutsRecord();  ///< 0 of 9 finished
harness::Record AuditRecord();        ///< T-QA-019b: three loaders, warm and cold
harness::Record ClaimsRecord();       ///< orders, invariants, a range, a compound, sabotage
harness::Record HostileRecord();      ///< every text tries to act on its reader

}  // namespace falsify::reports
