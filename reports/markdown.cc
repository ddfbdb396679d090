#include "reports/markdown.h"

#include "reports/sections/sections.h"
#include "reports/text/document.h"

namespace falsify::reports {

std::string RenderMarkdown(const harness::Record& record) {
  Document document;
  AddHead(record, document);
  AddSummary(record, document);
  AddCriteria(record, document);
  AddResults(record, document);
  AddHypotheses(record, document);
  AddMemory(record, document);
  AddRootCause(record, document);
  AddTimeSpent(record, document);
  AddValidity(record, document);
  AddEnvironment(record, document);
  AddReproduction(record, document);
  AddMethod(record, document);
  return document.text();
}

}  // namespace falsify::reports
