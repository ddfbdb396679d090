#include "loaders/tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "loaders/tokenizer/byte_map.h"
#include "loaders/tokenizer/byte_pairs.h"
#include "loaders/tokenizer/text_splitter.h"

namespace falsify::loaders {
namespace {

using Ids = std::unordered_map<std::string_view, std::uint32_t>;

std::array<std::uint32_t, 256> IdsOfBytes(const Ids& ids) {
  std::array<std::uint32_t, 256> bytes = {};
  for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
    const char character = static_cast<char>(byte);
    bytes[byte] = ids.at(std::string_view(&character, 1));
  }
  return bytes;
}

/// Tokens that are looked for in the text itself, by their first byte, the longest first.
class AddedTokens {
 public:
  void Add(std::string_view text, std::uint32_t id) {
    if (text.empty()) return;
    auto& same = by_first_[static_cast<unsigned char>(text.front())];
    const auto shorter = std::ranges::find_if(
        same, [&](const Entry& entry) { return entry.text.size() < text.size(); });
    same.insert(shorter, {text, id});
  }

  struct Entry {
    std::string_view text;
    std::uint32_t id;
  };

  /// The longest that `text` begins with; null if there is none.
  const Entry* At(std::string_view text) const {
    const auto& same = by_first_[static_cast<unsigned char>(text.front())];
    const auto found = std::ranges::find_if(
        same, [&](const Entry& entry) { return text.starts_with(entry.text); });
    return found == same.end() ? nullptr : &*found;
  }

 private:
  std::array<std::vector<Entry>, 256> by_first_;
};

}  // namespace

struct Tokenizer::Tables {
  Tables(const PreTokenizer& given, TextSplitter cutter, std::vector<std::string> all, Ids known)
      : rule(given),
        splitter(std::move(cutter)),
        bytes(std::move(all)),
        ids(std::move(known)),
        pairs(IdsOfBytes(ids)) {}

  const PreTokenizer& rule;
  TextSplitter splitter;
  std::vector<std::string> bytes;  // by id
  Ids ids;                         // of normal tokens; the keys lie in `bytes`
  BytePairs pairs;
  AddedTokens added;
  std::vector<bool> control;
  std::optional<std::uint32_t> bos;  // to be put before a text
  std::optional<std::uint32_t> eos;

  Result<void> EncodePlain(std::string_view text, std::vector<std::uint32_t>& into) const {
    return splitter.Split(text, [&](std::string_view piece) {
      const auto whole = rule.ignore_merges ? ids.find(piece) : ids.end();
      if (whole == ids.end()) return pairs.Encode(piece, into);
      into.push_back(whole->second);
    });
  }
};

Tokenizer::Tokenizer(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::Create(const Vocabulary& vocabulary, const std::string& where) {
  if (vocabulary.pre_tokenizer == nullptr) {
    return Fail({"TOKENIZER_KIND", where, "it names no pre-tokenizer", {}});
  }
  if (Result<void> sound = CheckVocabulary(vocabulary, where); !sound) return Fail(sound.error());
  Result<TextSplitter> splitter = TextSplitter::Create(*vocabulary.pre_tokenizer);
  if (!splitter) return Fail(std::move(splitter.error()));
  std::vector<std::string> bytes;
  bytes.reserve(vocabulary.tokens.size());
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& token = vocabulary.tokens[id];
    const bool normal = vocabulary.types[id] == TokenType::kNormal;
    auto unmapped = normal ? UnmapBytes(token) : std::nullopt;
    const bool unused = vocabulary.types[id] == TokenType::kUnused;
    bytes.push_back(unused ? std::string() : std::move(unmapped).value_or(token));
  }
  Ids ids;
  ids.reserve(bytes.size());
  for (std::uint32_t id = 0; id < bytes.size(); ++id) {
    if (vocabulary.types[id] == TokenType::kNormal) ids.try_emplace(bytes[id], id);
  }
  auto tables = std::make_unique<Tables>(*vocabulary.pre_tokenizer, std::move(*splitter),
                                         std::move(bytes), std::move(ids));
  tables->pairs.Reserve(vocabulary.merges.size());
  for (const std::string& merge : vocabulary.merges) {
    const std::size_t space = merge.find(' ');
    const std::string left = UnmapBytes(merge.substr(0, space)).value_or("");
    const std::string right = UnmapBytes(merge.substr(space + 1)).value_or("");
    const auto merged = tables->ids.find(left + right);
    if (left.empty() || right.empty() || merged == tables->ids.end()) continue;
    tables->pairs.Add(tables->ids.at(left), tables->ids.at(right), merged->second);
  }
  tables->control.resize(vocabulary.tokens.size());
  for (std::uint32_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const TokenType type = vocabulary.types[id];
    tables->control[id] = type == TokenType::kControl;
    const bool added = type == TokenType::kControl || type == TokenType::kUserDefined;
    if (added) tables->added.Add(tables->bytes[id], id);
  }
  if (vocabulary.add_bos) tables->bos = vocabulary.bos;
  tables->eos = vocabulary.eos;
  return Tokenizer(std::move(tables));
}

Result<std::vector<std::uint32_t>> Tokenizer::Encode(std::string_view given) const {
  const std::string valid = ToValidUtf8(given);
  const std::string_view text = valid;
  std::vector<std::uint32_t> ids;
  if (tables_->bos) ids.push_back(*tables_->bos);
  std::size_t plain = 0;  // from here on nothing is encoded yet
  for (std::size_t at = 0; at < text.size();) {
    const AddedTokens::Entry* added = tables_->added.At(text.substr(at));
    if (added == nullptr) {
      ++at;
      continue;
    }
    const auto encoded = tables_->EncodePlain(text.substr(plain, at - plain), ids);
    if (!encoded) return Fail(encoded.error());
    ids.push_back(added->id);
    at += added->text.size();
    plain = at;
  }
  const auto encoded = tables_->EncodePlain(text.substr(plain), ids);
  if (!encoded) return Fail(encoded.error());
  return ids;
}

std::string_view Tokenizer::BytesOf(std::uint32_t id) const {
  return id < tables_->bytes.size() ? std::string_view(tables_->bytes[id]) : std::string_view();
}

bool Tokenizer::IsControl(std::uint32_t id) const {
  return id < tables_->control.size() && tables_->control[id];
}

std::optional<std::uint32_t> Tokenizer::eos() const { return tables_->eos; }
std::size_t Tokenizer::size() const { return tables_->bytes.size(); }

}  // namespace falsify::loaders
