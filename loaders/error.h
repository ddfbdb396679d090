#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "tl/expected.hpp"

namespace falsify {

/// What went wrong, for a person and for a test. `code` is stable and upper-case
/// (`ST_HEADER_LENGTH`); `where` is a file, a place in it or a tensor; `what` says expected and
/// got; `hint` is the way out, or empty. Any field may hold foreign bytes: `Line` makes them inert.
struct Error {
  std::string code;
  std::string where;
  std::string what;
  std::string hint;

  /// One printable line without a line break: `where: what; hint [CODE]`. Control characters,
  /// escape sequences, bidirectional overrides and invalid UTF-8 come out as `\x1b` or `\u{202e}`.
  std::string Line() const;

  friend bool operator==(const Error&, const Error&) = default;
};

/// A value or the `Error` that kept us from it. Whatever a file, a user or the kernel can cause is
/// a Result; dropping one does not compile without a warning.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;

  /// Not `= default`, with which every `return {};` would first fill the room for an Error with
  /// zeros: a fifth of the time it takes to open a SafeTensors file.
  Result() requires std::default_initializable<tl::expected<T, Error>> {}
};

/// `return Fail({.code = .., .where = .., .what = ..});` from any function that returns a Result.
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// An `IO_*` error for a failed system call: "cannot <action>: <strerror(errno_value)>".
Error SystemError(std::string code, std::string where, const std::string& action, int errno_value);

/// Escapes what could act on a terminal or a log (C0, DEL, C1, ESC, bidirectional and zero-width
/// characters, invalid UTF-8) so that a person can read which byte it was. Newline and tab too.
std::string Printable(const std::string& text);

}  // namespace falsify
