#include "loaders/external/sse_parser.h"

#include <utility>

namespace falsify::loaders {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::size_t kMostEvents = 100'000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

tl::unexpected<Error> TooMuch(const char* what) {
  return Fail({"HTTP_STREAM", "event stream", what, {}});
}

void Append(std::string& text, bool& begun, std::string_view line) {
  if (std::exchange(begun, true)) text += '\n';
  text += line;
}

}  // namespace

Result<void> SseParser::Feed(std::string_view bytes, const OnEvent& on_event) {
  for (const char c : bytes) {
    const bool second_of_crlf = std::exchange(after_cr_, c == '\r') && c == '\n';
    if (second_of_crlf) continue;
    if (c != '\n' && c != '\r') {
      if (line_.size() >= kMostBytes) return TooMuch("a line of more than 1 MiB");
      line_ += c;
      continue;
    }
    if (Result<void> ended = EndLine(on_event); !ended) return ended;
  }
  return {};
}

Result<void> SseParser::EndLine(const OnEvent& on_event) {
  const std::string whole = std::exchange(line_, {});
  std::string_view line = whole;
  if (std::exchange(first_line_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    const bool is_event = has_data_ || has_error_;
    const SseEvent event = std::exchange(event_, {});
    has_data_ = has_error_ = false;
    if (!is_event) return {};
    if (++events_ > kMostEvents) return TooMuch("more than 100,000 events");
    return on_event(event);
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") Append(event_.data, has_data_, value);
  if (field == "error") Append(event_.error, has_error_, value);
  if (event_.data.size() + event_.error.size() > kMostBytes) {
    return TooMuch("an event of more than 1 MiB");
  }
  return {};
}

}  // namespace falsify::loaders
