#include "reports/markdown.h"

#include "reports/sections/sections.h"
#include "reports/text/document.h"

namespace falsify::reports {

namespace {

enum class Beside { kPictures, kNothing };

std::string Render(const harness::Record& record, Beside beside) {
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
  if (beside == Beside::kPictures) AddPictures(record, document);
  AddEnvironment(record, document);
  AddReproduction(record, document);
  AddMethod(record, document);
  return document.text();
}

}  // namespace

std::string RenderMarkdown(const harness::Record& record) {
  return Render(record, Beside::kPictures);
}

std::string RenderMarkdownAlone(const harness::Record& record) {
  return Render(record, Beside::kNothing);
}

}  // namespace falsify::reports
