#include "reports/text/encode.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "fmt/format.h"
#include "harness/record.h"

namespace falsify::reports {
namespace {

constexpr std::string_view kEmpty = "(empty)";

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool Contains(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

struct Shortened {
  std::string text;  // printable
  std::string note;  // what is missing; empty if nothing is
};

Shortened Shorten(const Untrusted& untrusted) {
  if (untrusted.text.size() <= untrusted.limit_bytes) {
    return {Printable(std::string(untrusted.text)), ""};
  }
  std::size_t end = untrusted.limit_bytes;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(untrusted.text[at]) & 0xC0) == 0x80;
  };
  for (int back = 0; back < 3 && end > 0 && continues(end); ++back) --end;
  return {Printable(std::string(untrusted.text.substr(0, end))),
          fmt::format("… ({} more bytes)", untrusted.text.size() - end)};
}

std::size_t LongestRun(std::string_view text, char wanted) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string CodeSpan(const std::string& text) {
  const std::size_t run = LongestRun(text, '`');
  const std::string fence(run + 1, '`');
  const bool pad =
      text.front() == '`' || text.back() == '`' || (text.front() == ' ' && text.back() == ' ');
  const std::string_view space = pad ? " " : "";
  return fmt::format("{0}{1}{2}{1}{0}", fence, space, text);
}

// GitHub and GitLab look for these in the rendered text, where no backslash helps.
bool BecomesLink(const std::string& text) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view address : {"://", "www.", "mailto:", "xmpp:"}) {
    if (lower.find(address) != std::string::npos) return true;
  }
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool named = IsAlnum(text[i + 1]) || text[i + 1] == '"' || text[i + 1] == '_';
    if (Contains("@#!$%~&", text[i]) && named) return true;
  }
  return false;
}

// "- ", "12. ", "---": what would begin a list or a rule if a line began with it.
bool StartsBlock(const std::string& text, std::size_t at) {
  const auto digits = [&](std::size_t count) {
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(count),
                       [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  const bool bullet = at == 0 && Contains("+-", text[at]);
  const bool number = at > 0 && Contains(".)", text[at]) && digits(at);
  return (bullet || number) && (at + 1 == text.size() || !IsAlnum(text[at + 1]));
}

std::string EscapeInline(const std::string& text) {
  constexpr std::string_view kActive = "\\`*[]{}<>~$@#";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool inside_word =
        i > 0 && i + 1 < text.size() && IsAlnum(text[i - 1]) && IsAlnum(text[i + 1]);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '|') {
      out += "&#124;";
    } else {
      if (Contains(kActive, c) || (c == '_' && !inside_word) || StartsBlock(text, i)) out += '\\';
      out += c;
    }
  }
  return out;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string Fenced(std::string_view info, const std::string& body) {
  const std::string fence(std::max<std::size_t>(3, LongestRun(body, '`') + 1), '`');
  return fmt::format("{}{}\n{}{}\n", fence, info, body, fence);
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

// The longest piece from `at` on that is one character, or one byte that is none.
std::string_view NextCharacter(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && end - at < 4 &&
         (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    ++end;
  }
  return text.substr(at, end - at);
}

}  // namespace

std::string MarkdownText(const Untrusted& untrusted) {
  if (untrusted.text.empty()) return std::string(kEmpty);
  const Shortened shortened = Shorten(untrusted);
  const bool code = BecomesLink(shortened.text);
  return (code ? CodeSpan(shortened.text) : EscapeInline(shortened.text)) + shortened.note;
}

std::string MarkdownCode(const Untrusted& untrusted) {
  if (untrusted.text.empty()) return std::string(kEmpty);
  const Shortened shortened = Shorten(untrusted);
  return CodeSpan(shortened.text) + shortened.note;
}

std::string MarkdownFence(const Untrusted& untrusted, std::string_view prefix,
                          std::size_t max_lines) {
  constexpr std::size_t kMaxLineBytes = 200;
  const std::vector<std::string_view> lines = Lines(untrusted.text);
  const std::size_t skipped = lines.size() - std::min(lines.size(), max_lines);
  std::string body;
  if (skipped > 0) body += fmt::format("({} earlier lines left out)\n", skipped);
  for (std::size_t i = skipped; i < lines.size(); ++i) {
    std::string line(lines[i]);
    ReplaceAll(line, "\t", "    ");
    const Shortened shortened = Shorten(Untrusted(line, kMaxLineBytes));
    body += fmt::format("{}{}{}\n", prefix, shortened.text, shortened.note);
  }
  return Fenced("text", body);
}

std::string XmlText(const Untrusted& untrusted) {
  const Shortened shortened = Shorten(untrusted);
  std::string text = shortened.text + shortened.note;
  ReplaceAll(text, "&", "&amp;");
  ReplaceAll(text, "<", "&lt;");
  ReplaceAll(text, ">", "&gt;");
  ReplaceAll(text, "\"", "&quot;");
  ReplaceAll(text, "\xEF\xBF\xBE", "\\u{fffe}");
  ReplaceAll(text, "\xEF\xBF\xBF", "\\u{ffff}");
  return text;
}

std::string CsvText(const Untrusted& untrusted) {
  const Shortened shortened = Shorten(untrusted);
  std::string text = shortened.text + shortened.note;
  if (!text.empty() && Contains("=+-@\t\r\n", text.front())) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  ReplaceAll(text, "\"", "\"\"");
  return "\"" + text + "\"";
}

std::string TerminalText(const Untrusted& untrusted) {
  if (untrusted.text.empty()) return std::string(kEmpty);
  Shortened shortened = Shorten(untrusted);
  ReplaceAll(shortened.text, "##", "#\\u{23}");
  return shortened.text + shortened.note;
}

std::string SarifText(const Untrusted& untrusted) {
  const Shortened shortened = Shorten(untrusted);
  std::string text = shortened.text + shortened.note;
  ReplaceAll(text, "](", "] (");
  return text;
}

std::string UriPath(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = IsAlnum(c) || Contains("-._~/", c);
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string ShellWord(std::string_view argument) {
  constexpr std::string_view kHarmless = "_@%+=:,./-";
  const auto harmless = [&](char c) { return IsAlnum(c) || Contains(kHarmless, c); };
  const bool plain = !argument.empty() && std::all_of(argument.begin(), argument.end(), harmless);
  if (plain && argument.front() != '=') return std::string(argument);
  std::string out = "'";
  for (std::size_t at = 0; at < argument.size();) {
    const std::string_view character = NextCharacter(argument, at);
    if (character == "'") {
      out += "'\\''";
    } else if (Printable(std::string(character)) == character) {
      out += character;
    } else {
      out += "'$'";
      for (const char byte : character) {
        out += byte == '\n' ? "\\n" : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      }
      out += "''";
    }
    at += character.size();
  }
  return out + "'";
}

std::string MarkdownShell(const std::string& line) { return Fenced("sh", line + "\n"); }

}  // namespace falsify::reports
