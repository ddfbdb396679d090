#include <string_view>

#include "loaders/tokenizer/tokenizer_json.h"
#include "nlohmann/json.hpp"

namespace falsify::loaders {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view SpecialText(const Vocabulary& vocabulary, std::optional<std::uint32_t> id) {
  return id ? std::string_view(vocabulary.tokens[*id]) : std::string_view();
}

Json AddedTokens(const Vocabulary& vocabulary) {
  Json added = Json::array();
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const TokenType type = vocabulary.types[id];
    if (type != TokenType::kControl && type != TokenType::kUserDefined) continue;
    added.push_back({{"id", id},
                     {"content", vocabulary.tokens[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", type == TokenType::kControl}});
  }
  return added;
}

Json ByteLevel(bool with_pattern) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", false},
          {"use_regex", with_pattern}};
}

Json Cutting(const PreTokenizer& rule) {
  if (rule.name == "gpt-2") return ByteLevel(true);
  const Json split = {{"type", "Split"},
                      {"pattern", {{"Regex", rule.pattern}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  return {{"type", "Sequence"}, {"pretokenizers", Json::array({split, ByteLevel(false)})}};
}

Json Starting(const Vocabulary& vocabulary) {
  if (!vocabulary.add_bos || !vocabulary.bos) return ByteLevel(false);
  const std::string bos(SpecialText(vocabulary, vocabulary.bos));
  const Json special = {{"SpecialToken", {{"id", bos}, {"type_id", 0}}}};
  const auto sequence = [](const char* id, int type) {
    return Json{{"Sequence", {{"id", id}, {"type_id", type}}}};
  };
  return {
      {"type", "TemplateProcessing"},
      {"single", Json::array({special, sequence("A", 0)})},
      {"pair", Json::array({special, sequence("A", 0), special, sequence("B", 1)})},
      {"special_tokens", {{bos, {{"id", bos}, {"ids", {*vocabulary.bos}}, {"tokens", {bos}}}}}}};
}

/// An object of 150,000 members, which a library that keeps their order would look through for
/// each.
std::string Tokens(const Vocabulary& vocabulary) {
  std::string text = "{";
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.types[id] != TokenType::kNormal) continue;
    if (text.size() > 1) text += ',';
    text += Dump(vocabulary.tokens[id]) + ':' + std::to_string(id);
  }
  return text + "}";
}

}  // namespace

TokenizerFiles RenderTokenizerJson(const Vocabulary& vocabulary) {
  const PreTokenizer& rule = *vocabulary.pre_tokenizer;
  Json head = {{"version", "1.0"},
               {"truncation", nullptr},
               {"padding", nullptr},
               {"added_tokens", AddedTokens(vocabulary)},
               {"normalizer", rule.nfc ? Json{{"type", "NFC"}} : Json()},
               {"pre_tokenizer", Cutting(rule)},
               {"post_processor", Starting(vocabulary)},
               {"decoder", ByteLevel(false)}};
  const Json model = {{"type", "BPE"},
                      {"dropout", nullptr},
                      {"unk_token", nullptr},
                      {"continuing_subword_prefix", ""},
                      {"end_of_word_suffix", ""},
                      {"fuse_unk", false},
                      {"byte_fallback", false},
                      {"ignore_merges", rule.ignore_merges}};
  std::string text = Dump(head);
  text.pop_back();  // its closing brace
  std::string open_model = Dump(model);
  open_model.pop_back();
  text += ",\"model\":" + open_model + ",\"vocab\":" + Tokens(vocabulary) +
          ",\"merges\":" + Dump(vocabulary.merges) + "}}\n";
  Json config = {{"add_bos_token", vocabulary.add_bos},
                 {"tokenizer_class", "PreTrainedTokenizerFast"}};
  const auto special = [&](const char* key, std::optional<std::uint32_t> id) {
    config[key] = id ? Json(vocabulary.tokens[*id]) : Json();
  };
  special("bos_token", vocabulary.bos);
  special("eos_token", vocabulary.eos);
  special("pad_token", vocabulary.pad);
  if (!vocabulary.chat_template.empty()) config["chat_template"] = vocabulary.chat_template;
  return {std::move(text), config.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
}

}  // namespace falsify::loaders
