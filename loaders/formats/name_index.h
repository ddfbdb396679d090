#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace falsify::loaders {

/// Names to their positions in a list: open addressing in one block of memory, sized up front.
/// Holds the views it is given, not the names. Positions are below 2^32 - 1.
class NameIndex {
 public:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  explicit NameIndex(std::size_t names);

  /// Returns the position that holds an equal name already, else adds `name` and returns kNone.
  std::size_t Add(std::string_view name, std::size_t position);

  /// kNone if there is none of that name.
  std::size_t Find(std::string_view name) const;

 private:
  struct Slot {
    const char* name;
    std::uint32_t size;
    std::uint32_t position_plus_one;  // 0: free
  };

  const Slot& Probe(std::string_view name) const;

  std::vector<Slot> slots_;
  std::uint64_t seed_;
};

}  // namespace falsify::loaders
