// Golden files: the report of each example record, byte for byte, in reports/golden/. After a
// wanted change: FALSIFY_ACCEPT_GOLDEN=1 ctest --preset dev -R '^reports/.*Golden'
// writes them anew; read the diff before you commit it.

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "reports/example_records.h"
#include "reports/markdown.h"

namespace falsify::reports {
namespace {

using ::testing::TestWithParam;

struct Example {
  const char* name;
  harness::Record (*record)();
};

void PrintTo(const Example& example, std::ostream* out) { *out << example.name; }

harness::Record EmptyRecord() { return {}; }

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::set<std::string> Words(const std::string& text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      words.insert(std::exchange(word, ""));
    }
  }
  return words;
}

// Columns as every GFM parser splits them: at each | that no backslash precedes.
std::vector<std::string> Cells(const std::string& row) {
  std::vector<std::string> cells = {""};
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '|' && (i == 0 || row[i - 1] != '\\')) {
      cells.emplace_back();
    } else {
      cells.back() += row[i];
    }
  }
  return cells;
}

class GoldenMarkdown : public TestWithParam<Example> {};

TEST_P(GoldenMarkdown, IsWhatWasReadAndAccepted) {
  const std::string path = std::string(FALSIFY_GOLDEN_DIR) + "/" + GetParam().name + ".md";
  const std::string rendered = RenderMarkdown(GetParam().record());
  if (std::getenv("FALSIFY_ACCEPT_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << rendered;
  }
  EXPECT_EQ(ReadFile(path), rendered) << "not as in " << path;
}

TEST_P(GoldenMarkdown, GivesTheSameBytesTwice) {
  EXPECT_EQ(RenderMarkdown(GetParam().record()), RenderMarkdown(GetParam().record()));
}

TEST_P(GoldenMarkdown, NeverPrintsAFigureThatIsNone) {
  const std::set<std::string> words = Words(RenderMarkdown(GetParam().record()));
  for (const char* none : {"nan", "inf", "infinity", "null", "nullopt", "nil"}) {
    EXPECT_EQ(words.count(none), 0U) << none;
  }
}

TEST_P(GoldenMarkdown, HasTablesWithoutHolesOrTornRows) {
  std::size_t columns = 0;
  for (const std::string& line : Lines(RenderMarkdown(GetParam().record()))) {
    if (line.empty() || line.front() != '|') {
      columns = 0;
      continue;
    }
    const std::vector<std::string> cells = Cells(line);
    if (columns == 0) columns = cells.size();
    EXPECT_EQ(cells.size(), columns) << line;
    for (std::size_t c = 1; c + 1 < cells.size(); ++c) {
      EXPECT_NE(cells[c].find_first_not_of(' '), std::string::npos) << line;
    }
  }
}

TEST_P(GoldenMarkdown, StartsNoLineWithForeignTextAndHasNoRawControlCharacter) {
  const std::string rendered = RenderMarkdown(GetParam().record());
  EXPECT_TRUE(std::none_of(rendered.begin(), rendered.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\n') || c == 0x7f || c == 0xff || c == 0xfe;
  }));
  EXPECT_EQ(rendered.find("\xe2\x80\xae"), std::string::npos) << "bidirectional override";
  for (const std::string& line : Lines(rendered)) {
    EXPECT_NE(line.rfind("::", 0), 0U) << line;
    EXPECT_NE(line.rfind("</", 0), 0U) << line;
    EXPECT_LT(line.size(), 9000U) << line.substr(0, 80);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Records, GoldenMarkdown,
    ::testing::Values(Example{"empty", &EmptyRecord}, Example{"pass", &PassRecord},
                      Example{"falsified", &FalsifiedRecord},
                      Example{"inconclusive", &InconclusiveRecord},
                      Example{"invalid", &InvalidRecord}, Example{"error", &ErrorRecord},
                      Example{"all-timeouts", &AllTimeoutsRecord},
                      Example{"t-qa-019b", &AuditRecord}, Example{"claims", &ClaimsRecord},
                      Example{"hostile", &HostileRecord}),
    [](const auto& example) {
      std::string name = example.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

}  // namespace
}  // namespace falsify::reports
