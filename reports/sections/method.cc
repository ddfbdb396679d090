#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"

namespace falsify::reports {
namespace {

constexpr std::pair<const char*, const char*> kWords[] = {
    {"median", "half of the values lie below it; the 95th percentile has 95 of 100 below it"},
    {"block", "one trial of every subject that a hypothesis compares, in random order"},
    {"kF/nF, kC/nC",
     "violations among the blocks that count: F takes only certain violations and "
     "weighs against the claim, C takes every possible one and weighs for it"},
    {"violation", "a block whose value contradicts the claim; a value equal to the limit does"},
    {"e-value",
     "evidence as the wealth of a gambler who started with 1 and bet against a "
     "statement: were it true, the wealth would ever reach N with probability 1/N at "
     "most, however often one looks"},
    {"severity",
     "how probably this test would have failed to reach its verdict, had the verdict "
     "been wrong"},
    {"control", "a subject known to violate the claim, which the same test must catch"},
    {"censored", "stopped at its timeout: the true value is at least what is shown"},
    {"cold, warm",
     "the model file is not at all, or wholly, in the page cache; made and verified "
     "before each trial and checked after it"},
    {"anonymous memory", "memory without a file behind it, the heap above all"},
    {"payload", "the bytes of the tensors, without header and padding"},
    {"p_upper, q*",
     "the largest share of violations the blocks leave possible, and 1 minus it: "
     "the quantile for which the limit is corroborated"},
    {"PASS",
     "the claim survived; FALSIFIED: refuted; INCONCLUSIVE: not enough evidence; INVALID: "
     "the test itself did not hold; ERROR: the subject could not be run"},
};

std::vector<std::string> MeasuresUsed(const harness::Record& record) {
  std::set<std::string> names;
  for (const auto& hypothesis : record.hypotheses) names.insert(hypothesis.measure);
  for (const auto& summary : record.summaries) {
    for (const auto& [name, value] : summary.measures) names.insert(name);
  }
  std::vector<std::string> items;
  for (const std::string& name : names) {
    const std::string_view definition = MeasureDefinition(name);
    if (!definition.empty()) items.push_back(fmt::format("`{}`: {}", name, definition));
  }
  return items;
}

}  // namespace

void AddMethod(const harness::Record& record, Document& document) {
  document.Heading(2, "Method");
  document.Paragraph(
      "Each trial runs in a fresh process, under a page-cache state that is made and verified for "
      "it. After every block each hypothesis is judged by one exact test that assumes no "
      "distribution and stays valid whenever one stops: two bets, one against the claim and one "
      "against its opposite, each on how often blocks violate the limit. A verdict falls when one "
      "of them has grown enough. Trials that time out count as bounds; none is dropped or repeated "
      "because of its own result.");
  document.Heading(2, "Glossary");
  std::vector<std::string> items;
  for (const auto& [word, meaning] : kWords) items.push_back(fmt::format("{}: {}", word, meaning));
  for (std::string& item : MeasuresUsed(record)) items.push_back(std::move(item));
  document.Bullets(items);
}

}  // namespace falsify::reports
