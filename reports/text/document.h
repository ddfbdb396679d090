#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace falsify::reports {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

/// A GFM table. Titles and cells are finished inline Markdown on one line; their `|` is escaped
/// here. An empty cell would say nothing, so it reads "not recorded"; missing ones too, and surplus
/// ones are a bug of the caller, dropped.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void Row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string Markdown() const;

 private:
  std::vector<std::size_t> Widths() const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Markdown blocks one after the other, with one blank line between them. Texts are finished inline
/// Markdown; foreign text has been through an encoder.
class Document {
 public:
  void Heading(int level, std::string_view text);
  void Paragraph(std::string_view text);
  void Bullets(const std::vector<std::string>& items);
  void Numbered(const std::vector<std::string>& items);
  void Add(const Table& table);         ///< nothing if it has no rows
  void Fence(std::string_view fenced);  ///< what MarkdownFence or MarkdownShell gave

  const std::string& text() const { return text_; }

 private:
  void Block(std::string_view block);
  std::string text_;
};

/// "a", "a and b", "a, b and c".
std::string Enumerate(const std::vector<std::string>& items);

/// The first `most` items, then "and 7 more" in their place.
std::vector<std::string> AtMost(std::vector<std::string> items, std::size_t most);

}  // namespace falsify::reports
