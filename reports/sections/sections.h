#pragma once

#include "harness/record.h"
#include "reports/text/document.h"

namespace falsify::reports {

// The parts of the auditor's report, in their order. Each appends to `document` whatever the record
// has to say, and says so where it has nothing.

void AddHead(const harness::Record& record, Document& document);  ///< title, id, date, verdict
void AddSummary(const harness::Record& record, Document& document);
void AddCriteria(const harness::Record& record, Document& document);
void AddResults(const harness::Record& record, Document& document);
void AddHypotheses(const harness::Record& record, Document& document);
void AddMemory(const harness::Record& record, Document& document);
void AddRootCause(const harness::Record& record, Document& document);
void AddTimeSpent(const harness::Record& record, Document& document);
void AddValidity(const harness::Record& record, Document& document);
void AddEnvironment(const harness::Record& record, Document& document);
void AddPictures(const harness::Record& record, Document& document);
void AddReproduction(const harness::Record& record, Document& document);
void AddMethod(const harness::Record& record, Document& document);  ///< and the glossary

}  // namespace falsify::reports
