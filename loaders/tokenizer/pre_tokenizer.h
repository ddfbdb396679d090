#pragma once

#include <span>
#include <string_view>

namespace falsify::loaders {

/// How text is prepared and cut before byte pairs are merged.
struct PreTokenizer {
  std::string_view name;     ///< "qwen2"; GGUF's key tokenizer.ggml.pre
  std::string_view pattern;  ///< of the pieces, as tokenizer.json has it
  bool nfc;                  ///< text is composed first (Unicode NFC)
  bool ignore_merges;        ///< a piece that is a token is that token, whatever the merges say
};

/// Of Qwen2 and Qwen2.5, Llama-3, GPT-2 (huggingface/tokenizers; ggml-org/llama.cpp,
/// src/llama-vocab.cpp).
std::span<const PreTokenizer> PreTokenizers();

/// Null if there is none of that name. llama.cpp's other names for the same count.
const PreTokenizer* FindPreTokenizer(std::string_view name);

}  // namespace falsify::loaders
