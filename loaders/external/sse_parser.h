#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "loaders/error.h"

namespace falsify::loaders {

/// One server-sent event, as far as completions need it.
struct SseEvent {
  std::string data;   ///< the lines of `data:`, joined by line feeds
  std::string error;  ///< the same of `error:`, a field that llama.cpp's server has sent
};

/// Server-sent events out of bytes as they come, cut anywhere (WHATWG HTML, 9.2.6): lines end in LF,
/// CR or CRLF, an event in an empty line; comments and unknown fields are passed over; an event that
/// the end of the stream cuts off is dropped.
class SseParser {
 public:
  using OnEvent = std::function<Result<void>(const SseEvent&)>;

  /// Errors: HTTP_STREAM (a line or an event of more than 1 MiB, more than 100,000 events); what
  /// `on_event` says, which ends the parsing.
  Result<void> Feed(std::string_view bytes, const OnEvent& on_event);

 private:
  Result<void> EndLine(const OnEvent& on_event);

  std::string line_;
  SseEvent event_;
  bool has_data_ = false;
  bool has_error_ = false;
  bool after_cr_ = false;
  bool first_line_ = true;
  std::size_t events_ = 0;
};

}  // namespace falsify::loaders
