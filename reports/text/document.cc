#include "reports/text/document.h"

#include <algorithm>

#include "fmt/format.h"
#include "reports/text/quantity.h"

namespace falsify::reports {
namespace {

// Columns line up in the raw text too, unless a cell is so long that no screen shows it anyway.
constexpr std::size_t kWidestPadded = 60;
constexpr std::size_t kShortestRule = 3;

std::string EscapePipes(const std::string& cell) {
  std::string out;
  for (const char c : cell) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::size_t Characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Pad(const std::string& cell, std::size_t width, Align align) {
  const std::size_t used = Characters(cell);
  const std::string space(width - std::min(width, used), ' ');
  return align == Align::kRight ? space + cell : cell + space;
}

}  // namespace

void Table::Row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = cell.empty() ? "not recorded" : EscapePipes(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::Widths() const {
  std::vector<std::size_t> widths;
  bool pad = true;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = std::max(kShortestRule, Characters(columns_[c].title));
    for (const auto& row : rows_) width = std::max(width, Characters(row[c]));
    pad = pad && width <= kWidestPadded;
    widths.push_back(width);
  }
  return pad ? widths : std::vector<std::size_t>(columns_.size(), 0);
}

std::string Table::Markdown() const {
  const std::vector<std::size_t> widths = Widths();
  std::string head = "|";
  std::string rule = "|";
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const bool right = columns_[c].align == Align::kRight;
    const std::string title = EscapePipes(columns_[c].title);
    head += fmt::format(" {} |", Pad(title, widths[c], columns_[c].align));
    const std::size_t dashes = std::max(widths[c], kShortestRule) - (right ? 1 : 0);
    rule += fmt::format(" {}{} |", std::string(dashes, '-'), right ? ":" : "");
  }
  std::string out = head + "\n" + rule + "\n";
  for (const auto& row : rows_) {
    out += "|";
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      out += fmt::format(" {} |", Pad(row[c], widths[c], columns_[c].align));
    }
    out += "\n";
  }
  return out;
}

void Document::Heading(int level, std::string_view text) {
  Block(fmt::format("{} {}\n", std::string(static_cast<std::size_t>(level), '#'), text));
}

void Document::Paragraph(std::string_view text) { Block(fmt::format("{}\n", text)); }

void Document::Bullets(const std::vector<std::string>& items) {
  std::string block;
  for (const std::string& item : items) block += fmt::format("- {}\n", item);
  Block(block);
}

void Document::Numbered(const std::vector<std::string>& items) {
  std::string block;
  for (std::size_t i = 0; i < items.size(); ++i) block += fmt::format("{}. {}\n", i + 1, items[i]);
  Block(block);
}

void Document::Add(const Table& table) {
  if (!table.empty()) Block(table.Markdown());
}

void Document::Fence(std::string_view fenced) { Block(fenced); }

void Document::Block(std::string_view block) {
  if (block.empty()) return;
  if (!text_.empty()) text_ += "\n";
  text_ += block;
}

std::string Enumerate(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

std::vector<std::string> AtMost(std::vector<std::string> items, std::size_t most) {
  if (items.size() <= most) return items;
  const std::size_t left_out = items.size() - most;
  items.resize(most);
  items.push_back(Count(left_out) + " more");
  return items;
}

}  // namespace falsify::reports
