#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "harness/cli/commands.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"
#include "loaders/tokenizer/chat.h"
#include "loaders/tokenizer/text_splitter.h"
#include "loaders/tokenizer/tokenizer.h"
#include "nlohmann/json.hpp"

namespace falsify::cli {
namespace {

struct Options {
  std::string model;
  std::string text;
  std::string lines;
  std::string chat;
  bool json = false;
};

Result<loaders::Tokenizer> TokenizerOf(const std::string& path) {
  const auto model = loaders::OpenModel(path, &loaders::OpenMmap, {}, {});
  if (!model) return Fail(model.error());
  const auto vocabulary = (*model)->Tokens();
  if (!vocabulary) return Fail(vocabulary.error());
  return loaders::Tokenizer::Create(*vocabulary, path);
}

Result<void> CheckChat(const std::string& chat) {
  const auto formats = loaders::ChatFormats();
  if (chat.empty() || std::ranges::find(formats, chat) != formats.end()) return {};
  const std::vector<std::string_view> names(formats.begin(), formats.end());
  return Fail({"USAGE", "--chat", fmt::format("no chat format \"{}\"", chat),
               fmt::format("one of {}", fmt::join(names, ", "))});
}

Result<std::vector<std::uint32_t>> Encode(const loaders::Tokenizer& tokenizer,
                                          const std::string& text, const std::string& chat) {
  if (chat.empty()) return tokenizer.Encode(text);
  const std::vector<loaders::ChatMessage> turn = {{"user", text}};
  return tokenizer.Encode(loaders::WriteChat(chat, turn).value());
}

void PrintTokens(const loaders::Tokenizer& tokenizer, const std::vector<std::uint32_t>& ids,
                 bool as_json) {
  if (!as_json) {
    fmt::print("{}\n", fmt::join(ids, " "));
    return;
  }
  nlohmann::json tokens = nlohmann::json::array();
  for (const std::uint32_t id : ids) {
    // Part of a character is no text: it comes out as the replacement character.
    tokens.push_back({{"id", id}, {"text", loaders::ToValidUtf8(tokenizer.BytesOf(id))}});
  }
  fmt::print("{}\n", nlohmann::json{{"tokens", tokens}}.dump(2));
}

/// A file of JSON strings, one a line, to a list of ids each: for whoever has many.
Result<void> PrintLines(const loaders::Tokenizer& tokenizer, const Options& options) {
  std::ifstream in(options.lines);
  if (!in) return Fail(SystemError("IO_OPEN", options.lines, "open", errno));
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto text = nlohmann::json::parse(line, nullptr, false);
    if (!text.is_string()) {
      return Fail({"USAGE", fmt::format("{}:{}", options.lines, number), "is no JSON string", {}});
    }
    const auto ids = Encode(tokenizer, text.get<std::string>(), options.chat);
    if (!ids) return Fail(ids.error());
    fmt::print("[{}]\n", fmt::join(*ids, ","));
  }
  return {};
}

Result<void> Tokenize(const Options& options) {
  if (options.text.empty() == options.lines.empty()) {
    return Fail({"USAGE", "tokenize", "give either a text or --lines", {}});
  }
  if (Result<void> known = CheckChat(options.chat); !known) return known;
  const Result<loaders::Tokenizer> tokenizer = TokenizerOf(options.model);
  if (!tokenizer) return Fail(tokenizer.error());
  if (!options.lines.empty()) return PrintLines(*tokenizer, options);
  const std::string text = options.text == "-"
                               ? std::string(std::istreambuf_iterator<char>(std::cin), {})
                               : options.text;
  const auto ids = Encode(*tokenizer, text, options.chat);
  if (!ids) return Fail(ids.error());
  PrintTokens(*tokenizer, *ids, options.json);
  return {};
}

}  // namespace

void AddTokenizeCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("tokenize", "The token ids that a model makes of a text");
  command->add_option("model", options->model, "A model file or folder that has a tokenizer")
      ->required();
  command->add_option("text", options->text,
                      "Special tokens may be spelled out in it; -: standard input");
  command->add_option("--lines", options->lines, "Instead: a file of JSON strings, one a line");
  command->add_option("--chat", options->chat, "As the user's turn: chatml, llama3");
  command->add_flag("--json", options->json, "Each token with its text");
  command->callback([options, &exit_code] {
    const Result<void> done = Tokenize(*options);
    exit_code = done ? kExitPass : Report(done.error());
  });
}

}  // namespace falsify::cli
