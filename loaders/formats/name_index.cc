#include "loaders/formats/name_index.h"

#include <algorithm>
#include <bit>

#include "xxhash.h"

namespace falsify::loaders {

// Seeded with an address, so that no file can be made whose names all collide.
NameIndex::NameIndex(std::size_t names)
    : slots_(std::bit_ceil(std::max<std::size_t>(2 * names, 2))),
      seed_(reinterpret_cast<std::uintptr_t>(slots_.data())) {}

const NameIndex::Slot& NameIndex::Probe(std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = XXH3_64bits_withSeed(name.data(), name.size(), seed_) & mask;
  while (slots_[at].position_plus_one != 0 &&
         std::string_view(slots_[at].name, slots_[at].size) != name) {
    at = (at + 1) & mask;
  }
  return slots_[at];
}

std::size_t NameIndex::Add(std::string_view name, std::size_t position) {
  const Slot& found = Probe(name);
  if (found.position_plus_one != 0) return found.position_plus_one - 1;
  slots_[static_cast<std::size_t>(&found - slots_.data())] = {
      .name = name.data(),
      .size = static_cast<std::uint32_t>(name.size()),
      .position_plus_one = static_cast<std::uint32_t>(position + 1)};
  return kNone;
}

std::size_t NameIndex::Find(std::string_view name) const {
  const Slot& found = Probe(name);
  return found.position_plus_one == 0 ? kNone : found.position_plus_one - 1;
}

}  // namespace falsify::loaders
