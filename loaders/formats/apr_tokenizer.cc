#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "loaders/formats/apr.h"
#include "loaders/formats/apr_index.h"
#include "loaders/tokenizer/tokenizer_json.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kLeastCapacity = 64;

std::string_view TextOf(dom::object fields, std::string_view name) {
  std::string_view text;
  return fields[name].get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::optional<std::uint32_t> IdOf(dom::object fields, std::string_view name) {
  std::uint64_t id = 0;
  const bool there = fields[name].get_uint64().get(id) == simdjson::SUCCESS &&
                     id <= std::numeric_limits<std::uint32_t>::max();
  return there ? std::optional(static_cast<std::uint32_t>(id)) : std::nullopt;
}

bool ReadTexts(dom::object fields, std::string_view name, std::vector<std::string>& texts) {
  dom::array list;
  if (fields[name].get_array().get(list) != simdjson::SUCCESS) return false;
  for (const dom::element& one : list) {
    std::string_view text;
    if (one.get_string().get(text) != simdjson::SUCCESS) return false;
    texts.emplace_back(text);
  }
  return true;
}

/// Files of other writers have no types: what is spelled `<|..|>` steers, the rest is text.
TokenType TypeBySpelling(std::string_view token) {
  const bool steers = token.size() > 4 && token.starts_with("<|") && token.ends_with("|>");
  return steers ? TokenType::kControl : TokenType::kNormal;
}

bool ReadTypes(dom::object fields, Vocabulary& vocabulary) {
  dom::array list;
  if (fields["tokenizer.token_type"].get_array().get(list) != simdjson::SUCCESS) {
    for (const std::string& token : vocabulary.tokens) {
      vocabulary.types.push_back(TypeBySpelling(token));
    }
    return true;
  }
  for (const dom::element& one : list) {
    std::uint64_t type = 0;
    if (one.get_uint64().get(type) != simdjson::SUCCESS) return false;
    const bool known = type == 1 || type == 3 || type == 4;
    vocabulary.types.push_back(known ? static_cast<TokenType>(type) : TokenType::kUnused);
  }
  return vocabulary.types.size() == vocabulary.tokens.size();
}

}  // namespace

Result<Vocabulary> AprTokenizer(const Header& header, const std::string& path) {
  const std::string_view text = dynamic_cast<const AprHeader&>(header).metadata_json();
  const auto refuse = [&](const char* code, std::string what) {
    return Fail({code, path, std::move(what),
                 "give the prompt as prompt_tokens, which needs no tokenizer"});
  };
  dom::parser parser;
  dom::object fields;
  auto error = parser.allocate(std::max(text.size(), kLeastCapacity), kMostLevels);
  if (!error) error = parser.parse(text.data(), text.size()).get_object().get(fields);
  if (error) return refuse("TOKENIZER_JSON", "its metadata is not a JSON object");
  if (fields["tokenizer.vocabulary"].error() != simdjson::SUCCESS) return ReadTokenizerBeside(path);
  const std::string_view pre = TextOf(fields, "tokenizer.pre");
  Vocabulary vocabulary;
  vocabulary.pre_tokenizer = FindPreTokenizer(pre.empty() ? TextOf(fields, "architecture") : pre);
  if (vocabulary.pre_tokenizer == nullptr) {
    return refuse("TOKENIZER_KIND", fmt::format("its tokenizer.pre is \"{}\", expected \"qwen2\", "
                                                "\"llama-bpe\" or \"gpt-2\"",
                                                pre));
  }
  if (!ReadTexts(fields, "tokenizer.vocabulary", vocabulary.tokens) ||
      !ReadTexts(fields, "tokenizer.merges", vocabulary.merges)) {
    return refuse("TOKENIZER_JSON", "tokenizer.vocabulary or .merges is no list of strings");
  }
  if (!ReadTypes(fields, vocabulary)) {
    return refuse("TOKENIZER_TYPES", "tokenizer.token_type does not fit the vocabulary");
  }
  vocabulary.bos = IdOf(fields, "tokenizer.bos_token_id");
  vocabulary.eos = IdOf(fields, "tokenizer.eos_token_id");
  vocabulary.pad = IdOf(fields, "tokenizer.pad_token_id");
  bool add_bos = false;
  const auto asked = fields["tokenizer.add_bos_token"].get_bool().get(add_bos);
  vocabulary.add_bos = asked == simdjson::SUCCESS && add_bos && vocabulary.bos;
  vocabulary.chat_template = TextOf(fields, "chat_template");
  if (Result<void> sound = CheckVocabulary(vocabulary, path); !sound) return Fail(sound.error());
  return vocabulary;
}

}  // namespace falsify::loaders
