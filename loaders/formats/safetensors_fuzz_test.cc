// Spoiled files by the ten thousand: none may crash the reader, and what it accepts must be what an
// independent, slower reader accepts.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/bytes.h"
#include "loaders/formats/safetensors.h"
#include "nlohmann/json.hpp"

namespace falsify::loaders {
namespace {

using Json = nlohmann::json;
__extension__ using Wide = unsigned __int128;

/// A file that is a string; a copy past its end is a bug in the reader.
class StringSource final : public Source {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}

  const std::string& path() const override { return path_; }
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  LoadReport report() const override { return {}; }
  Result<std::span<const std::byte>> View(ByteRange) override {
    return Fail({"TEST", path_, "a parser views nothing", ""});
  }
  Result<void> Copy(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset) {
      return Fail({"TEST", path_, "the parser reads past the end", ""});
    }
    std::memcpy(into.data(), bytes_.data() + offset, into.size());
    return {};
  }

 private:
  std::string path_ = "m.safetensors";
  std::string bytes_;
};

/// "accepted", or the code of the error.
std::string OutcomeOf(const std::string& bytes) {
  StringSource source(bytes);
  const Result<std::unique_ptr<Header>> header = ParseSafetensors(source);
  if (!header) return header.error().code;
  for (const TensorInfo& tensor : (*header)->tensors()) {
    const auto end = CheckedAdd(tensor.range.offset, tensor.range.size);
    EXPECT_TRUE(end && *end <= bytes.size()) << "a tensor lies outside the file";
    EXPECT_EQ((*header)->Find(tensor.name), &tensor);
  }
  return "accepted";
}

/// nlohmann's parser, told to refuse what JSON leaves open: keys given twice where that matters.
std::optional<Json> StrictJson(std::string_view text) {
  // It skips a byte order mark and takes NUL for the end.
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::vector<std::set<std::string>> keys;
  std::vector<std::string> path;
  bool twice = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    const auto level = static_cast<std::size_t>(depth);
    if (event == Json::parse_event_t::object_start) keys.resize(std::max(keys.size(), level + 1));
    if (event == Json::parse_event_t::object_start) keys[level].clear();
    if (event != Json::parse_event_t::key) return true;
    const std::string key = parsed.get<std::string>();
    path.resize(level);
    path[level - 1] = key;
    const bool metadata = level == 2 && path[0] == "__metadata__";
    const bool known = key == "dtype" || key == "shape" || key == "data_offsets";
    const bool matters = level == 1 || metadata || (level == 2 && known);
    if (!keys[level - 1].insert(key).second && matters) twice = true;
    return true;
  };
  Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (json.is_discarded() || twice) return std::nullopt;
  return json;
}

/// The rules of the format, read slowly from a document tree.
bool AcceptedByTheRules(const std::string& bytes) {
  if (bytes.size() < 8) return false;
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), 8);
  if (header_bytes > bytes.size() - 8) return false;
  const std::optional<Json> json = StrictJson(std::string_view(bytes).substr(8, header_bytes));
  if (!json) return false;
  std::vector<std::pair<std::pair<std::uint64_t, std::uint64_t>, Wide>> ranges;
  for (const auto& [name, info] : json->items()) {
    if (name == "__metadata__") {
      if (info.is_null()) continue;
      if (!info.is_object()) return false;
      for (const Json& value : info) {
        if (!value.is_string()) return false;
      }
      continue;
    }
    if (!info.is_object()) return false;
    const Json dtype = info.value("dtype", Json());
    const Json shape = info.value("shape", Json());
    const Json offsets = info.value("data_offsets", Json());
    if (!dtype.is_string() || !shape.is_array() || !offsets.is_array()) return false;
    if (offsets.size() != 2) return false;
    const auto known = DtypeFromName(dtype.get<std::string>());
    if (!known) return false;
    Wide bits = 8 * Traits(*known).block_bytes / Traits(*known).block_elements;
    Wide elements = 1;
    for (const Json& dim : shape) {
      if (!dim.is_number_unsigned()) return false;
      elements *= dim.get<std::uint64_t>();
      if (elements >> 64 != 0) return false;
    }
    bits *= elements;
    if (bits >> 64 != 0 || bits % 8 != 0) return false;
    if (!offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) return false;
    ranges.push_back(
        {{offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>()}, bits / 8});
  }
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t end = 0;
  for (const auto& [range, size] : ranges) {
    if (range.first != end || range.second < end || range.second - end != size) return false;
    end = range.second;
  }
  return end == bytes.size() - 8 - header_bytes;
}

std::string SmallFile() {
  const std::string header =
      R"({"__metadata__":{"format":"pt","k\u0065y":"v"},)"
      R"("model.embed.weight":{"dtype":"BF16","shape":[4,3],"data_offsets":[0,24]},)"
      R"("b":{"data_offsets":[24,32],"shape":[2],"dtype":"F32","note":[1,{"x":-0.5e1}]},)"
      R"("scalar":{"dtype":"I64","shape":[],"data_offsets":[32,40]},)"
      R"("f4":{"dtype":"F4","shape":[0],"data_offsets":[40,40]}}  )";
  std::uint64_t header_bytes = header.size();
  std::string bytes(reinterpret_cast<const char*>(&header_bytes), 8);
  return bytes + header + std::string(40, '\x5A');
}

TEST(SafetensorsFuzz, StartsFromAFileThatBothReadersAccept) {
  EXPECT_EQ(OutcomeOf(SmallFile()), "accepted");
  EXPECT_TRUE(AcceptedByTheRules(SmallFile()));
}

TEST(SafetensorsFuzz, RefusesEveryTruncation) {
  const std::string whole = SmallFile();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string code = OutcomeOf(whole.substr(0, size));
    const std::string expected = size < 8                   ? "ST_TOO_SMALL"
                                 : size < whole.size() - 40 ? "ST_HEADER_LENGTH"
                                                            : "ST_INCOMPLETE";
    EXPECT_EQ(code, expected) << size << " B";
  }
}

TEST(SafetensorsFuzz, RefusesEveryTruncationOfTheHeaderAlone) {
  const std::string whole = SmallFile();
  const std::string text = whole.substr(8, whole.size() - 48);
  const std::size_t last_brace = text.rfind('}');
  for (std::size_t size = 0; size <= last_brace; ++size) {
    const std::uint64_t header_bytes = size;
    const std::string prefix(reinterpret_cast<const char*>(&header_bytes), 8);
    const std::string cut = prefix + text.substr(0, size) + std::string(40, 'x');
    EXPECT_EQ(OutcomeOf(cut), "ST_JSON") << size << " B";
  }
}

/// One to three changes to the header: a byte replaced, removed, doubled, or put elsewhere. Bytes
/// that mean something to JSON are likelier than others.
std::string Spoil(std::string bytes, std::mt19937& random) {
  constexpr std::string_view kTelling = "{}[]:,\"\\ 0123456789-.eEtfnu\t\n";
  const auto below = [&](std::size_t end) { return random() % end; };
  const std::size_t changes = 1 + below(3);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = below(bytes.size() - 40);
    const char byte =
        below(4) == 0 ? static_cast<char>(random()) : kTelling[below(kTelling.size())];
    switch (below(4)) {
      case 0:
        bytes[at] = byte;
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 2:
        std::swap(bytes[at], bytes[below(bytes.size() - 40)]);
        break;
      default: {  // keeps the header's length, so that the text is reached
        const std::size_t text_at = std::max<std::size_t>(at, 8);
        bytes.erase(text_at, 1);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(8 + below(bytes.size() - 48)),
                     byte);
      }
    }
  }
  return bytes;
}

TEST(SafetensorsFuzz, AcceptsWhatTheRulesAcceptAndNothingElse) {
  std::mt19937 random(7);
  const std::string whole = SmallFile();
  int accepted = 0;
  std::set<std::string> codes;
  for (int i = 0; i < 40000; ++i) {
    const std::string spoilt = Spoil(whole, random);
    const std::string outcome = OutcomeOf(spoilt);
    const bool expected = AcceptedByTheRules(spoilt);
    ASSERT_EQ(outcome == "accepted", expected) << outcome << " in round " << i << ":\n"
                                               << spoilt.substr(8);
    accepted += expected ? 1 : 0;
    codes.insert(outcome);
    ASSERT_TRUE(outcome == "accepted" || outcome.starts_with("ST_")) << outcome;
  }
  EXPECT_GT(accepted, 400) << "the changes are too coarse to test acceptance";
  EXPECT_GT(codes.size(), 8U) << "the changes are too coarse to reach the later rules";
}

}  // namespace
}  // namespace falsify::loaders
