#pragma once

#include <string>
#include <string_view>

namespace falsify::harness {

/// Bytes of tokens to text that may be shown: a token can end in the middle of a character, which
/// is held back until the rest has come.
class TextStream {
 public:
  /// What can be shown now; malformed bytes come out as U+FFFD.
  std::string Add(std::string_view bytes);

  /// What was held back and never completed.
  std::string Finish();

 private:
  std::string held_;
};

}  // namespace falsify::harness
