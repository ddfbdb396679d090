#include "reports/html.h"

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "md4c-html.h"
#include "openssl/evp.h"
#include "reports/charts/assets.h"
#include "reports/charts/chart_data.h"
#include "reports/facts/verdict_line.h"
#include "reports/facts/words.h"
#include "reports/markdown.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

using Json = nlohmann::ordered_json;

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// The Markdown report as HTML. Raw HTML is not let through even if an encoder had missed some.
std::string BodyOf(const harness::Record& record) {
  const std::string markdown = RenderMarkdownAlone(record);
  std::string html;
  const auto append = [](const MD_CHAR* text, MD_SIZE size, void* into) {
    static_cast<std::string*>(into)->append(text, size);
  };
  const int failed = md_html(markdown.data(), static_cast<MD_SIZE>(markdown.size()), append, &html,
                             MD_FLAG_TABLES | MD_FLAG_NOHTML, 0);
  if (failed != 0) throw std::bad_alloc();
  ReplaceAll(html, " align=\"right\"", " class=\"right\"");  // a quote of a text is an entity
  ReplaceAll(html, "<table>", "<div class=\"scroll\" tabindex=\"0\"><table>");
  ReplaceAll(html, "</table>", "</table></div>");
  return html;
}

/// For `'sha256-...'` of a content security policy.
std::string Base64Sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

std::string Policy() {
  return fmt::format(
      "default-src 'none'; script-src 'sha256-{}' 'sha256-{}'; style-src 'sha256-{}'; base-uri "
      "'none'; form-action 'none'",
      Base64Sha256(kChartJs), Base64Sha256(kChartsJs), Base64Sha256(kReportCss));
}

/// JSON that can stand in a script element: nothing in it closes the element.
std::string InScript(const Json& json) {
  std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  ReplaceAll(text, "<", "\\u003c");
  ReplaceAll(text, ">", "\\u003e");
  ReplaceAll(text, "&", "\\u0026");
  return text;
}

std::string Html(const Json& text) {
  return XmlText(Untrusted(text.get_ref<const std::string&>()));
}

std::string CellOf(const Json& value) {
  return value.is_number() ? fmt::format("{:.6g}", value.get<double>()) : std::string();
}

/// The figures of a chart for those who do not see it.
std::string FiguresOf(const Json& chart) {
  const bool bars = !chart["labels"].empty();
  std::string rows;
  for (const Json& set : chart["datasets"]) {
    for (std::size_t i = 0; i < set["data"].size(); ++i) {
      const Json& value = set["data"][i];
      rows += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"right\">{}</td></tr>\n",
                          Html(set["label"]), bars ? Html(chart["labels"][i]) : CellOf(value["x"]),
                          CellOf(bars ? value : value["y"]));
    }
  }
  const std::string x = bars ? std::string("of") : Html(chart["x"]);
  const std::string y = bars ? Html(chart["x"]) : Html(chart["y"]);
  return fmt::format(
      "<details><summary>Figures of this chart</summary><div class=\"scroll\" "
      "tabindex=\"0\"><table>"
      "<thead><tr><th>series</th><th>{}</th><th class=\"right\">{}</th></tr></thead>\n"
      "<tbody>{}</tbody></table></div></details>\n",
      x, y, rows);
}

std::string FigureOf(const Json& chart, std::size_t index) {
  return fmt::format(
      "<figure aria-labelledby=\"chart-{0}\">\n"
      "<figcaption><h3 id=\"chart-{0}\">{1}</h3>\n{2}</figcaption>\n"
      "<div class=\"canvas\"><canvas id=\"canvas-{0}\" role=\"img\" "
      "aria-label=\"{1}\"></canvas></div>\n{3}</figure>\n",
      index, Html(chart["title"]), Html(chart["note"]), FiguresOf(chart));
}

std::string ChartsOf(const Json& charts) {
  if (charts.empty()) return {};
  std::string html =
      "<h2 id=\"charts\">Charts</h2>\n<noscript><p>Charts need scripts; their figures "
      "are in the tables below.</p></noscript>\n";
  std::size_t index = 0;
  for (const Json& chart : charts) html += FigureOf(chart, index++);
  return html;
}

}  // namespace

std::string RenderHtml(const harness::Record& record) {
  const Json charts = ChartData(record);
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", Policy());
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += fmt::format("<title>{}</title>\n", XmlText(Untrusted(VerdictLine(record))));
  page += fmt::format("<style>{}</style>\n</head>\n<body>\n<main>\n", kReportCss);
  if (!charts.empty()) page += "<p><a href=\"#charts\">To the charts</a></p>\n";
  page += BodyOf(record) + ChartsOf(charts) + "</main>\n";
  page += fmt::format("<script type=\"application/json\" id=\"chart-data\">{}</script>\n",
                      InScript(charts));
  page += fmt::format("<script>{}</script>\n<script>{}</script>\n</body>\n</html>\n", kChartJs,
                      kChartsJs);
  return page;
}

}  // namespace falsify::reports
