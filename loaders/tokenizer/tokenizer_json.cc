#include "loaders/tokenizer/tokenizer_json.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "loaders/sources/small_file.h"
#include "nlohmann/json.hpp"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

namespace dom = simdjson::dom;
using nlohmann::json;

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;
constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kLeastCapacity = 64;
constexpr std::uint64_t kMostTokens = 16'000'000;

/// A field that may be absent or null.
std::optional<dom::element> Find(const dom::element& parent, std::string_view name) {
  dom::element value;
  if (parent[name].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

std::string TextOf(const dom::element& parent, std::string_view name) {
  const auto value = Find(parent, name);
  std::string_view text;
  const bool is_text = value && value->get_string().get(text) == simdjson::SUCCESS;
  return is_text ? std::string(text) : std::string();
}

bool IsTrue(const dom::element& parent, std::string_view name, bool absent = false) {
  const auto value = Find(parent, name);
  bool answer = absent;
  return value && value->get_bool().get(answer) == simdjson::SUCCESS ? answer : absent;
}

/// Nothing of a configuration is copied but its texts: a copy of a deep one would recurse.
const json* Member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

class Reader {
 public:
  explicit Reader(const std::string& where) : where_(where) {}

  /// `config` is null or an object.
  Result<Vocabulary> Read(const dom::element& tokenizer, const json& config) {
    const auto model = Find(tokenizer, "model");
    if (!model) return Refuse("TOKENIZER_JSON", "has no model");
    if (Result<void> known = ReadKind(tokenizer, *model); !known) return Fail(known.error());
    if (Result<void> read = ReadTokens(*model); !read) return Fail(read.error());
    if (Result<void> read = ReadAdded(tokenizer); !read) return Fail(read.error());
    if (Result<void> read = ReadMerges(*model); !read) return Fail(read.error());
    ReadStart(tokenizer);
    if (config.is_object()) ReadConfig(config);
    FillHoles();
    if (Result<void> sound = CheckVocabulary(vocabulary_, where_); !sound) {
      return Fail(sound.error());
    }
    return std::move(vocabulary_);
  }

 private:
  tl::unexpected<Error> Refuse(const char* code, std::string what, std::string hint = {}) const {
    return Fail({code, where_, std::move(what), std::move(hint)});
  }

  tl::unexpected<Error> NotOurs(std::string what) const {
    return Refuse("TOKENIZER_KIND", std::move(what),
                  "give the prompt as prompt_tokens, which needs no tokenizer");
  }

  /// Byte-level BPE with a known way to cut text, and nothing else that changes ids.
  Result<void> ReadKind(const dom::element& tokenizer, const dom::element& model) {
    const std::string type = TextOf(model, "type");
    const bool plain = !IsTrue(model, "byte_fallback") && !Find(model, "dropout") &&
                       TextOf(model, "continuing_subword_prefix").empty() &&
                       TextOf(model, "end_of_word_suffix").empty();
    if ((!type.empty() && type != "BPE") || !plain) {
      return NotOurs(fmt::format("a model of type \"{}\", expected byte-level BPE", type));
    }
    bool nfc = false;
    if (const auto normalizer = Find(tokenizer, "normalizer")) {
      const std::string kind = TextOf(*normalizer, "type");
      if (kind != "NFC") return NotOurs(fmt::format("normalizer \"{}\", expected NFC", kind));
      nfc = true;
    }
    const std::string pattern = Pattern(tokenizer);
    const bool ignore_merges = IsTrue(model, "ignore_merges");
    for (const PreTokenizer& rule : PreTokenizers()) {
      const bool same = rule.pattern == pattern && rule.nfc == nfc;
      if (same && rule.ignore_merges == ignore_merges) vocabulary_.pre_tokenizer = &rule;
    }
    if (vocabulary_.pre_tokenizer != nullptr) return {};
    return NotOurs("a pre-tokenizer that is neither Qwen2's, Llama-3's nor GPT-2's");
  }

  /// The regular expression that cuts text; empty for any that is not known.
  static std::string Pattern(const dom::element& tokenizer) {
    const auto pre = Find(tokenizer, "pre_tokenizer");
    if (!pre) return "";
    const auto is_byte_level = [](const dom::element& one, bool with_pattern) {
      return TextOf(one, "type") == "ByteLevel" && !IsTrue(one, "add_prefix_space", true) &&
             IsTrue(one, "use_regex", true) == with_pattern;
    };
    if (is_byte_level(*pre, true)) return std::string(FindPreTokenizer("gpt-2")->pattern);
    const auto steps = Find(*pre, "pretokenizers");
    dom::array list;
    if (!steps || steps->get_array().get(list) != simdjson::SUCCESS || list.size() != 2) return "";
    const dom::element split = list.at(0);
    const auto pattern = Find(split, "pattern");
    const bool isolated = TextOf(split, "type") == "Split" &&
                          TextOf(split, "behavior") == "Isolated" && !IsTrue(split, "invert");
    if (!isolated || !pattern || !is_byte_level(list.at(1), false)) return "";
    return TextOf(*pattern, "Regex");
  }

  Result<void> Put(std::uint64_t id, std::string_view text, TokenType type) {
    if (id >= kMostTokens || text.empty()) {
      return Refuse("TOKENIZER_ID", fmt::format("token {} is \"{}\"", id, text));
    }
    if (id >= vocabulary_.tokens.size()) {
      vocabulary_.tokens.resize(id + 1);
      vocabulary_.types.resize(id + 1, TokenType::kUnused);
    }
    const bool free = vocabulary_.tokens[id].empty();
    // Some files list an added token among the others as well.
    const bool again = vocabulary_.tokens[id] == text && type != TokenType::kNormal;
    if (!free && !again) {
      return Refuse("TOKENIZER_ID", fmt::format("two tokens of id {}, \"{}\" and \"{}\"", id,
                                                vocabulary_.tokens[id], text));
    }
    vocabulary_.tokens[id] = text;
    vocabulary_.types[id] = type;
    return {};
  }

  Result<void> ReadTokens(const dom::element& model) {
    const auto tokens = Find(model, "vocab");
    dom::object fields;
    if (!tokens || tokens->get_object().get(fields) != simdjson::SUCCESS) {
      return Refuse("TOKENIZER_JSON", "model.vocab is no object");
    }
    for (const auto& [text, value] : fields) {
      std::uint64_t id = 0;
      if (value.get_uint64().get(id) != simdjson::SUCCESS) {
        return Refuse("TOKENIZER_JSON", fmt::format("token \"{}\" has no number", text));
      }
      if (Result<void> put = Put(id, text, TokenType::kNormal); !put) return put;
    }
    return {};
  }

  Result<void> ReadAdded(const dom::element& tokenizer) {
    const auto added = Find(tokenizer, "added_tokens");
    dom::array list;
    if (!added) return {};
    if (added->get_array().get(list) != simdjson::SUCCESS) {
      return Refuse("TOKENIZER_JSON", "added_tokens is no list");
    }
    for (const dom::element& one : list) {
      std::uint64_t id = 0;
      const auto number = Find(one, "id");
      const std::string text = TextOf(one, "content");
      if (!number || number->get_uint64().get(id) != simdjson::SUCCESS) {
        return Refuse("TOKENIZER_JSON", fmt::format("added token \"{}\" has no number", text));
      }
      if (IsTrue(one, "lstrip") || IsTrue(one, "rstrip") || IsTrue(one, "single_word")) {
        return NotOurs(fmt::format("added token \"{}\" depends on what is beside it", text));
      }
      const TokenType type = IsTrue(one, "special") ? TokenType::kControl : TokenType::kUserDefined;
      if (Result<void> put = Put(id, text, type); !put) return put;
    }
    return {};
  }

  Result<void> ReadMerges(const dom::element& model) {
    const auto merges = Find(model, "merges");
    dom::array list;
    if (!merges || merges->get_array().get(list) != simdjson::SUCCESS) {
      return Refuse("TOKENIZER_JSON", "model.merges is no list");
    }
    vocabulary_.merges.reserve(list.size());
    for (const dom::element& one : list) {
      std::string_view text;
      dom::array pair;
      std::string_view left;
      std::string_view right;
      if (one.get_string().get(text) == simdjson::SUCCESS) {
        vocabulary_.merges.emplace_back(text);
      } else if (one.get_array().get(pair) == simdjson::SUCCESS && pair.size() == 2 &&
                 pair.at(0).get_string().get(left) == simdjson::SUCCESS &&
                 pair.at(1).get_string().get(right) == simdjson::SUCCESS) {
        vocabulary_.merges.push_back(fmt::format("{} {}", left, right));
      } else {
        return Refuse("TOKENIZER_JSON", fmt::format("merge {} is neither a text nor a pair",
                                                    vocabulary_.merges.size()));
      }
    }
    return {};
  }

  std::optional<std::uint32_t> IdOf(std::string_view text) const {
    const auto found = std::ranges::find(vocabulary_.tokens, text);
    if (text.empty() || found == vocabulary_.tokens.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - vocabulary_.tokens.begin());
  }

  /// A template that begins with a special token puts it before every text.
  void ReadStart(const dom::element& tokenizer) {
    const auto post = Find(tokenizer, "post_processor");
    if (!post) return;
    const auto look = [&](const dom::element& one) {
      dom::element first;
      if (TextOf(one, "type") != "TemplateProcessing") return;
      if (one["single"].at(0)["SpecialToken"].get(first) != simdjson::SUCCESS) return;
      vocabulary_.bos = IdOf(TextOf(first, "id"));
      vocabulary_.add_bos = vocabulary_.bos.has_value();
    };
    look(*post);
    dom::array steps;
    if ((*post)["processors"].get_array().get(steps) != simdjson::SUCCESS) return;
    for (const dom::element& step : steps) look(step);
  }

  /// A special token is named by its text, or by an object that holds it.
  std::optional<std::uint32_t> SpecialId(const json& config, const char* name) const {
    const json* value = Member(config, name);
    const json* text = value != nullptr && value->is_object() ? Member(*value, "content") : value;
    const bool is_text = text != nullptr && text->is_string();
    return is_text ? IdOf(text->get_ref<const std::string&>()) : std::nullopt;
  }

  void ReadConfig(const json& config) {
    if (const auto bos = SpecialId(config, "bos_token")) vocabulary_.bos = bos;
    vocabulary_.eos = SpecialId(config, "eos_token");
    vocabulary_.pad = SpecialId(config, "pad_token");
    const json* add_bos = Member(config, "add_bos_token");
    if (add_bos != nullptr && *add_bos == true) {
      vocabulary_.add_bos = vocabulary_.bos.has_value();
    }
    const json* chat = Member(config, "chat_template");
    if (chat != nullptr && chat->is_string()) vocabulary_.chat_template = chat->get<std::string>();
  }

  void FillHoles() {
    for (std::size_t id = 0; id < vocabulary_.tokens.size(); ++id) {
      std::string& token = vocabulary_.tokens[id];
      if (token.empty()) token = UnusedTokenName(id);
    }
  }

  const std::string& where_;
  Vocabulary vocabulary_;
};

Result<dom::element> Parse(dom::parser& parser, const std::string& text, const std::string& where) {
  dom::element parsed;
  auto error = parser.allocate(std::max(text.size(), kLeastCapacity), kMostLevels);
  if (!error) error = parser.parse(text.data(), text.size()).get(parsed);
  if (!error && !parsed.is_object()) error = simdjson::INCORRECT_TYPE;
  if (!error) return parsed;
  return Fail({"TOKENIZER_JSON",
               where,
               fmt::format("is not a JSON object: {}", simdjson::error_message(error)),
               {}});
}

}  // namespace

Result<Vocabulary> ParseTokenizerJson(const TokenizerFiles& files, const std::string& where) {
  dom::parser parser;
  const Result<dom::element> tokenizer = Parse(parser, files.tokenizer, where);
  if (!tokenizer) return Fail(tokenizer.error());
  if (files.config.empty()) return Reader(where).Read(*tokenizer, json());
  // Hugging Face writes numbers there that 64 bits do not hold.
  const json config = json::parse(files.config, nullptr, /*allow_exceptions=*/false);
  if (config.is_object()) return Reader(where).Read(*tokenizer, config);
  const auto path = std::filesystem::path(where).parent_path() / kTokenizerConfigJson;
  return Fail({"TOKENIZER_JSON", path.string(), "is not a JSON object", {}});
}

Result<Vocabulary> ReadTokenizerBeside(const std::string& model_path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path path = model_path;
  const fs::path folder = fs::is_directory(path, ignored) ? path : path.parent_path();
  const fs::path tokenizer = folder / kTokenizerJson;
  if (!fs::exists(tokenizer, ignored)) {
    return Fail({"TOKENIZER_MISSING", model_path, fmt::format("no {} beside it", kTokenizerJson),
                 "give the prompt as prompt_tokens, which needs no tokenizer"});
  }
  TokenizerFiles files;
  Result<std::string> text = ReadSmallFile(tokenizer.string(), kMostBytes, "TOKENIZER_JSON");
  if (!text) return Fail(std::move(text.error()));
  files.tokenizer = std::move(*text);
  const fs::path config = folder / kTokenizerConfigJson;
  if (fs::exists(config, ignored)) {
    Result<std::string> more = ReadSmallFile(config.string(), kMostBytes, "TOKENIZER_JSON");
    if (!more) return Fail(std::move(more.error()));
    files.config = std::move(*more);
  }
  return ParseTokenizerJson(files, tokenizer.string());
}

}  // namespace falsify::loaders
