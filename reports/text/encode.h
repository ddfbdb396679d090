#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace falsify::reports {

/// Text that a file, a worker or a study chose: it may try to act on whoever reads the report. It
/// is printed through one of the encoders below, one per sink, and in no other way. Text longer
/// than `limit_bytes` is cut between two characters and says how much is missing.
/// Holds a view: `text` must outlive it.
struct Untrusted {
  explicit Untrusted(std::string_view untrusted, std::size_t limit = 400)
      : text(untrusted), limit_bytes(limit) {}

  std::string_view text;
  std::size_t limit_bytes;
};

/// Inline Markdown on one line that renders as the text itself: no emphasis, links, images, HTML,
/// mentions or references. What a forge would turn into a link after rendering (an address,
/// `@name`, `#12`) comes out as a code span, where it does not. Empty text is "(empty)".
std::string MarkdownText(const Untrusted& untrusted);

/// A code span on one line, with a fence longer than any run of backticks inside. Empty text is
/// "(empty)", not a span.
std::string MarkdownCode(const Untrusted& untrusted);

/// A fenced block that keeps line breaks; every line starts with `prefix`, so that no foreign text
/// ever starts a line. Only the last `max_lines` lines are kept, each cut at 200 bytes. Ends in a
/// newline.
std::string MarkdownFence(const Untrusted& untrusted, std::string_view prefix,
                          std::size_t max_lines);

/// One line for a terminal or a CI log: no escape sequence, no bidirectional control, and nothing
/// that a CI runner takes for a command (`##[`, `##vso[`, `##teamcity[`). It must not start a line:
/// `::command::` is honoured there.
std::string TerminalText(const Untrusted& untrusted);

/// Text or attribute value of XML 1.0: what it forbids even as a reference (control characters,
/// U+FFFE, U+FFFF) is written as `\x1b`; line ends become spaces in attributes, as any.
std::string XmlText(const Untrusted& untrusted);

/// A cell of RFC 4180, in quotes where it has to be; a text that a spreadsheet would take for a
/// formula begins with `'`. For text only: numbers stay numbers.
std::string CsvText(const Untrusted& untrusted);

/// A plain-text message of SARIF 2.1.0: what would be a link in it (3.11.6, `[text](target)`) has a
/// space between its halves and is none.
std::string SarifText(const Untrusted& untrusted);

/// A path as the URI reference that means it (RFC 3986): all but letters, digits, `-._~` and `/`
/// percent-encoded, uncut.
std::string UriPath(std::string_view path);

/// One word of a POSIX shell command that the shell reads back as exactly `argument`: in single
/// quotes unless plainly harmless. What must not be shown raw (control characters, invalid UTF-8,
/// bidirectional controls) is written as `$'\x1b'` (bash, zsh, ksh, POSIX 2024).
std::string ShellWord(std::string_view argument);

/// The words joined by spaces, in a fenced block of its own.
std::string MarkdownShell(const std::string& line);

}  // namespace falsify::reports
