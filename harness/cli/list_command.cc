#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fixtures/shapes.h"
#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/study/measures.h"
#include "loaders/loader.h"
#include "nlohmann/json.hpp"

namespace falsify::cli {
namespace {

struct Row {
  std::string name;
  std::string note;  ///< unit, or empty
  std::string text;
};

std::vector<Row> RowsOf(const std::string& what) {
  std::vector<Row> rows;
  if (what == "loaders") {
    for (const auto& entry : loaders::Loaders()) {
      rows.push_back({std::string(entry.name), "", std::string(entry.summary)});
    }
  } else if (what == "measures") {
    for (const auto& entry : harness::Measures()) {
      rows.push_back(
          {std::string(entry.name), std::string(entry.unit), std::string(entry.definition)});
    }
  } else if (what == "workloads") {
    for (const auto& entry : harness::Workloads()) {
      rows.push_back({std::string(entry.name), "", std::string(entry.summary)});
    }
  } else {
    for (const auto& entry : fixtures::Shapes()) {
      rows.push_back({std::string(entry.name), "", std::string(entry.summary)});
    }
  }
  return rows;
}

void Print(const std::vector<Row>& rows, bool json) {
  if (json) {
    nlohmann::json list = nlohmann::json::array();
    for (const Row& row : rows) {
      nlohmann::json item = {{"name", row.name}, {"description", row.text}};
      if (!row.note.empty()) item["unit"] = row.note;
      list.push_back(item);
    }
    fmt::print("{}\n", list.dump(2));
    return;
  }
  std::size_t name_width = 0;
  std::size_t note_width = 0;
  for (const Row& row : rows) {
    name_width = std::max(name_width, row.name.size());
    note_width = std::max(note_width, row.note.size());
  }
  for (const Row& row : rows) {
    const std::string note = note_width == 0 ? "" : fmt::format("{:<{}}  ", row.note, note_width);
    fmt::print("{:<{}}  {}{}\n", row.name, name_width, note, row.text);
  }
}

}  // namespace

void AddListCommand(CLI::App& app, int& exit_code) {
  struct Options {
    std::string what;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("list", "What there is to choose from");
  command->add_option("what", options->what, "loaders, measures, workloads or shapes")
      ->required()
      ->check(CLI::IsMember({"loaders", "measures", "workloads", "shapes"}));
  command->add_flag("--json", options->json, "Machine-readable");
  command->callback([options, &exit_code] {
    Print(RowsOf(options->what), options->json);
    exit_code = kExitPass;
  });
}

}  // namespace falsify::cli
