#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "loaders/formats/gguf.h"
#include "loaders/tokenizer/tokenizer_json.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kMostTokens = 16'000'000;

class Reader {
 public:
  Reader(const GgufHeader& header, const std::string& path) : header_(header), path_(path) {}

  Result<Vocabulary> Read() {
    const std::string_view kind = Kind();
    if (kind.empty() || kind == "no_vocab" || kind == "none") return ReadTokenizerBeside(path_);
    if (Result<void> known = ReadRule(kind); !known) return Fail(known.error());
    Result<std::vector<std::string>> tokens = Texts("tokens");
    if (!tokens) return Fail(std::move(tokens.error()));
    Result<std::vector<std::string>> merges = Texts("merges");
    if (!merges) return Fail(std::move(merges.error()));
    vocabulary_.tokens = std::move(*tokens);
    vocabulary_.merges = std::move(*merges);
    if (Result<void> read = ReadTypes(); !read) return Fail(read.error());
    vocabulary_.bos = Id("bos_token_id");
    vocabulary_.eos = Id("eos_token_id");
    vocabulary_.pad = Id("padding_token_id");
    const GgufValue* add = Find("add_bos_token");
    vocabulary_.add_bos = add != nullptr && add->Bool().value_or(false);
    const GgufValue* chat = header_.FindValue("tokenizer.chat_template");
    if (chat != nullptr) vocabulary_.chat_template = chat->Text().value_or("");
    DropUnusedAtTheEnd();
    if (Result<void> sound = CheckVocabulary(vocabulary_, path_); !sound) {
      return Fail(sound.error());
    }
    return std::move(vocabulary_);
  }

 private:
  const GgufValue* Find(std::string_view name) const {
    return header_.FindValue(fmt::format("tokenizer.ggml.{}", name));
  }

  tl::unexpected<Error> Refuse(const char* code, std::string what) const {
    return Fail({code, path_, std::move(what),
                 "give the prompt as prompt_tokens, which needs no tokenizer"});
  }

  std::string_view Kind() const {
    const GgufValue* model = Find("model");
    return model == nullptr ? std::string_view() : model->Text().value_or("");
  }

  Result<void> ReadRule(std::string_view kind) {
    if (kind != "gpt2") {
      return Refuse("TOKENIZER_KIND",
                    fmt::format("tokenizer.ggml.model is \"{}\", expected \"gpt2\"", kind));
    }
    const GgufValue* pre = Find("pre");
    const std::string_view name = pre == nullptr ? "" : pre->Text().value_or("");
    vocabulary_.pre_tokenizer = FindPreTokenizer(name);
    if (vocabulary_.pre_tokenizer != nullptr) return {};
    return Refuse("TOKENIZER_KIND",
                  fmt::format("tokenizer.ggml.pre is \"{}\", expected \"qwen2\", \"llama-bpe\" or "
                              "\"gpt-2\"",
                              name));
  }

  Result<std::vector<std::string>> Texts(std::string_view name) const {
    const GgufValue* value = Find(name);
    if (value == nullptr || value->type != GgufType::kArray ||
        value->element != GgufType::kString || value->count > kMostTokens) {
      return Refuse("TOKENIZER_KIND", fmt::format("tokenizer.ggml.{} is no list of strings", name));
    }
    std::vector<std::string> texts;
    GgufStrings strings(*value);
    while (const auto text = strings.Next()) texts.emplace_back(*text);
    return texts;
  }

  /// A file without types has normal tokens only. Unknown and byte tokens are other kinds' own.
  Result<void> ReadTypes() {
    const std::size_t count = vocabulary_.tokens.size();
    vocabulary_.types.assign(count, TokenType::kNormal);
    const GgufValue* value = Find("token_type");
    if (value == nullptr) return {};
    const auto types = value->UnsignedArray();
    if (!types || types->size() != count) {
      return Refuse("TOKENIZER_TYPES", fmt::format("{} types of {} tokens", value->count, count));
    }
    for (std::size_t id = 0; id < count; ++id) {
      const std::uint64_t type = (*types)[id];
      const bool known = type == 1 || type == 3 || type == 4 || type == 5;
      vocabulary_.types[id] = known ? static_cast<TokenType>(type) : TokenType::kUnused;
    }
    return {};
  }

  std::optional<std::uint32_t> Id(std::string_view name) const {
    const GgufValue* value = Find(name);
    const auto id = value == nullptr ? std::nullopt : value->Unsigned();
    if (!id || *id > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*id);
  }

  /// What fills a vocabulary up to the rows of the embedding is not part of it.
  void DropUnusedAtTheEnd() {
    while (!vocabulary_.types.empty() && vocabulary_.types.back() == TokenType::kUnused) {
      vocabulary_.types.pop_back();
      vocabulary_.tokens.pop_back();
    }
  }

  const GgufHeader& header_;
  const std::string& path_;
  Vocabulary vocabulary_;
};

}  // namespace

Result<Vocabulary> GgufTokenizer(const Header& header, const std::string& path) {
  return Reader(dynamic_cast<const GgufHeader&>(header), path).Read();
}

}  // namespace falsify::loaders
