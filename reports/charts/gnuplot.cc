#include "reports/charts/gnuplot.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "reports/charts/chart_data.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostInAFileName = 40;

/// In single quotes, which know no escapes but their own doubling; control characters are spelled
/// out.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : TerminalText(Untrusted(text)))
    quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string FileNameOf(const std::string& id) {
  std::string name = "chart-";
  for (const char c : id.substr(0, kMostInAFileName)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain ? c : '-';
  }
  return name + ".svg";
}

bool IsBars(const Json& chart) { return chart["kind"] == "bars" || chart["kind"] == "stacked"; }

/// Where data blocks, all of which come first, are named by their position.
std::string PointBlocks(const Json& chart) {
  std::string blocks;
  std::size_t index = 0;
  for (const Json& set : chart["datasets"]) {
    blocks += fmt::format("$d{} << END\n", index++);
    for (const Json& point : set["data"]) {
      blocks += fmt::format("{} {}\n", point["x"].get<double>(), point["y"].get<double>());
    }
    blocks += "END\n";
  }
  return blocks;
}

std::string BarBlock(const Json& chart) {
  std::string block = "$d << END\n";
  for (std::size_t row = 0; row < chart["labels"].size(); ++row) {
    block += fmt::format("{}", row);
    for (const Json& set : chart["datasets"]) {
      block += fmt::format(" {}", set["data"][row].get<double>());
    }
    block += "\n";
  }
  return block + "END\n";
}

std::string Points(const Json& chart) {
  const bool line = chart["kind"] == "line";
  std::vector<std::string> plots;
  std::size_t index = 0;
  for (const Json& set : chart["datasets"]) {
    plots.push_back(fmt::format("$d{} using 1:2 with {} title {}", index++,
                                line ? "linespoints" : "points",
                                Quoted(set["label"].get<std::string>())));
  }
  return fmt::format("set xlabel {}\nset ylabel {}\n{}{}plot {}\n",
                     Quoted(chart["x"].get<std::string>()), Quoted(chart["y"].get<std::string>()),
                     chart["log_x"] ? "set logscale x\n" : "",
                     chart["log_y"] ? "set logscale y\n" : "", fmt::join(plots, ", \\\n  "));
}

/// Upright, so that names have room below.
std::string Bars(const Json& chart) {
  std::vector<std::string> tics;
  for (std::size_t row = 0; row < chart["labels"].size(); ++row) {
    tics.push_back(fmt::format("{} {}", Quoted(chart["labels"][row].get<std::string>()), row));
  }
  std::vector<std::string> plots;
  for (std::size_t column = 0; column < chart["datasets"].size(); ++column) {
    plots.push_back(fmt::format("$d using {} title {}", column + 2,
                                Quoted(chart["datasets"][column]["label"].get<std::string>())));
  }
  return fmt::format(
      "set style data histograms\nset style histogram {}\nset style fill solid 0.8\n"
      "set boxwidth 0.8\nset xtics rotate by -30 ({})\nset ylabel {}\n{}plot {}\n",
      chart["kind"] == "stacked" ? "rowstacked" : "clustered gap 1", fmt::join(tics, ", "),
      Quoted(chart["x"].get<std::string>()), chart["log_x"] ? "set logscale y\n" : "",
      fmt::join(plots, ", \\\n  "));
}

/// 300.0 M where the axis has a unit that takes a prefix.
std::string TickFormat(const Json& title) {
  const std::string text = title.get<std::string>();
  const bool unit = text.starts_with("seconds") || text.starts_with("bytes");
  return unit ? "'%.1s %c'" : "'%g'";
}

}  // namespace

std::string GnuplotScript(const Picture& picture) {
  const Json& chart = picture.chart;
  return fmt::format(
      "set terminal svg size 900,520 noenhanced background rgb 'white' font 'sans-serif,13'\n"
      "set title {}\nset key below\nset grid\nset format x {}\nset format y {}\n{}{}",
      Quoted(chart["title"].get<std::string>()), TickFormat(chart["x"]),
      TickFormat(IsBars(chart) ? chart["x"] : chart["y"]),
      IsBars(chart) ? BarBlock(chart) : PointBlocks(chart),
      IsBars(chart) ? Bars(chart) : Points(chart));
}

std::vector<Picture> Pictures(const harness::Record& record) {
  std::vector<Picture> pictures;
  for (Json& chart : ChartData(record)) {
    std::string file = FileNameOf(chart["id"].get<std::string>());
    const bool taken = std::ranges::find(pictures, file, &Picture::file) != pictures.end();
    if (!taken) pictures.push_back({std::move(file), std::move(chart)});
  }
  return pictures;
}

}  // namespace falsify::reports
