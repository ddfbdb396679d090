#pragma once

#include <array>
#include <span>
#include <string_view>

namespace falsify::harness {

/// The keys and words of a study file. The parser reads these tables, and a test holds the shipped
/// study.schema.json against them, so that the two cannot drift apart.

enum class Need {
  kRequired,
  kOptional,
};

struct KeyEntry {
  std::string_view name;
  Need need = Need::kOptional;
};

/// One kind of mapping. `name` is both what messages call it and its `$defs` entry in the schema.
struct MapGrammar {
  std::string_view name;
  std::span<const KeyEntry> keys;
};

/// A closed set of words.
struct WordGrammar {
  std::string_view name;  ///< "cache"
  std::string_view code;  ///< of an unknown word
  std::span<const std::string_view> words;
};

inline constexpr std::string_view kStudySchema = "falsify/study/v1";

namespace keys {

inline constexpr std::array kStudy = {
    KeyEntry{"schema", Need::kRequired},
    KeyEntry{"id", Need::kRequired},
    KeyEntry{"title"},
    KeyEntry{"defaults"},
    KeyEntry{"models", Need::kRequired},
    KeyEntry{"subjects", Need::kRequired},
    KeyEntry{"hypotheses", Need::kRequired},
};
inline constexpr std::array kDefaults = {
    KeyEntry{"cache"},    KeyEntry{"alpha"},   KeyEntry{"beta"},  KeyEntry{"blocks"},
    KeyEntry{"timeout"},  KeyEntry{"threads"}, KeyEntry{"watch"}, KeyEntry{"tolerance"},
    KeyEntry{"sabotage"}, KeyEntry{"sandbox"}, KeyEntry{"mode"},
};
inline constexpr std::array kBlocks = {KeyEntry{"min"}, KeyEntry{"max"}};
inline constexpr std::array kModel = {
    KeyEntry{"path"},
    KeyEntry{"generate"},
    KeyEntry{"convert"},
};
inline constexpr std::array kGenerate = {
    KeyEntry{"shape"},   KeyEntry{"payload"}, KeyEntry{"dtype"},
    KeyEntry{"vectors"}, KeyEntry{"format"},  KeyEntry{"seed"},
    KeyEntry{"tensors"}, KeyEntry{"sparse"},  KeyEntry{"tokenizer"}};
inline constexpr std::array kConvert = {KeyEntry{"from", Need::kRequired},
                                        KeyEntry{"format", Need::kRequired}, KeyEntry{"dtype"},
                                        KeyEntry{"vectors"}};
inline constexpr std::array kSubject = {KeyEntry{"loader", Need::kRequired},
                                        KeyEntry{"model", Need::kRequired}};
inline constexpr std::array kPlugin = {KeyEntry{"plugin", Need::kRequired}, KeyEntry{"options"}};
inline constexpr std::array kCommand = {KeyEntry{"command", Need::kRequired}, KeyEntry{"options"}};
inline constexpr std::array kHttp = {KeyEntry{"http", Need::kRequired}};
inline constexpr std::array kServer = {KeyEntry{"url", Need::kRequired},
                                       KeyEntry{"start"},
                                       KeyEntry{"ready"},
                                       KeyEntry{"stop"},
                                       KeyEntry{"model"},
                                       KeyEntry{"api"},
                                       KeyEntry{"pid"},
                                       KeyEntry{"pid_file"}};
inline constexpr std::array kHypothesis = {
    KeyEntry{"id", Need::kRequired},
    KeyEntry{"claim", Need::kRequired},
    KeyEntry{"subject", Need::kRequired},
    KeyEntry{"measure", Need::kRequired},
    KeyEntry{"workload"},
    KeyEntry{"cache"},
    KeyEntry{"relative_to"},
    KeyEntry{"precision"},
    KeyEntry{"predict", Need::kRequired},
    KeyEntry{"control"},
    KeyEntry{"alpha"},
    KeyEntry{"beta"},
    KeyEntry{"blocks"},
    KeyEntry{"timeout"},
    KeyEntry{"threads"},
    KeyEntry{"watch"},
    KeyEntry{"sweep"},
    KeyEntry{"tolerance"},
    KeyEntry{"sabotage"},
    KeyEntry{"mode"},
};
inline constexpr std::array kCompound = {KeyEntry{"id", Need::kRequired},
                                         KeyEntry{"claim", Need::kRequired},
                                         KeyEntry{"all_of", Need::kRequired}};
inline constexpr std::array kSweep = {KeyEntry{"payload"}, KeyEntry{"tensors"}};
inline constexpr std::array kPrompt = {KeyEntry{"prompt_tokens"}, KeyEntry{"prompt"},
                                       KeyEntry{"chat"}};
inline constexpr std::array kTokens = {KeyEntry{"prompt_tokens"}, KeyEntry{"prompt"},
                                       KeyEntry{"chat"}, KeyEntry{"max_tokens"}};
inline constexpr std::array kSoak = {KeyEntry{"cycles"}};
inline constexpr std::array kConcurrent = {KeyEntry{"processes"}, KeyEntry{"threads"}};
inline constexpr std::array kAligned = {KeyEntry{"aligned", Need::kRequired}};
inline constexpr std::array kPredict = {
    KeyEntry{"below"}, KeyEntry{"above"},  KeyEntry{"quantile"},  KeyEntry{"between"},
    KeyEntry{"order"}, KeyEntry{"equals"}, KeyEntry{"tolerance"}, KeyEntry{"slope"},
};

inline constexpr std::array<std::string_view, 2> kCaches = {"warm", "cold"};
inline constexpr std::array<std::string_view, 3> kPrecisions = {"matched", "same_width", "any"};
inline constexpr std::array<std::string_view, 6> kDtypes = {"BF16", "F16",  "F32",
                                                            "Q8_0", "Q4_0", "Q4_K_M"};
inline constexpr std::array<std::string_view, 3> kFloatDtypes = {"BF16", "F16", "F32"};
inline constexpr std::array<std::string_view, 3> kFormats = {"safetensors", "gguf", "apr"};
inline constexpr std::array<std::string_view, 2> kApis = {"openai-chat", "openai-completions"};
inline constexpr std::array<std::string_view, 2> kChats = {"chatml", "llama3"};
inline constexpr std::array<std::string_view, 3> kSandboxes = {"contain", "strict", "required"};
inline constexpr std::array<std::string_view, 2> kModes = {"one_shot", "steady"};

}  // namespace keys

inline constexpr MapGrammar kStudyGrammar = {"study", keys::kStudy};
inline constexpr MapGrammar kDefaultsGrammar = {"defaults", keys::kDefaults};
inline constexpr MapGrammar kBlocksGrammar = {"blocks", keys::kBlocks};
inline constexpr MapGrammar kModelGrammar = {"model", keys::kModel};
inline constexpr MapGrammar kGenerateGrammar = {"generate", keys::kGenerate};
inline constexpr MapGrammar kConvertGrammar = {"convert", keys::kConvert};
inline constexpr MapGrammar kSubjectGrammar = {"subject", keys::kSubject};
inline constexpr MapGrammar kPluginGrammar = {"plugin_loader", keys::kPlugin};
inline constexpr MapGrammar kCommandGrammar = {"command_loader", keys::kCommand};
inline constexpr MapGrammar kHttpGrammar = {"http_loader", keys::kHttp};
inline constexpr MapGrammar kServerGrammar = {"server", keys::kServer};
inline constexpr MapGrammar kHypothesisGrammar = {"hypothesis", keys::kHypothesis};
inline constexpr MapGrammar kCompoundGrammar = {"compound", keys::kCompound};
inline constexpr MapGrammar kSweepGrammar = {"sweep", keys::kSweep};
inline constexpr MapGrammar kPromptGrammar = {"prompt", keys::kPrompt};
inline constexpr MapGrammar kTokensGrammar = {"tokens", keys::kTokens};
inline constexpr MapGrammar kSoakGrammar = {"soak", keys::kSoak};
inline constexpr MapGrammar kConcurrentGrammar = {"concurrent", keys::kConcurrent};
inline constexpr MapGrammar kAlignedGrammar = {"aligned", keys::kAligned};
inline constexpr MapGrammar kOtherWorkloadGrammar = {"other_workload", {}};
inline constexpr MapGrammar kPredictGrammar = {"predict", keys::kPredict};

inline constexpr std::array kGrammars = {
    kStudyGrammar,   kDefaultsGrammar, kBlocksGrammar,     kModelGrammar,   kGenerateGrammar,
    kConvertGrammar, kSubjectGrammar,  kHypothesisGrammar, kPromptGrammar,  kOtherWorkloadGrammar,
    kPredictGrammar, kCompoundGrammar, kSweepGrammar,      kSoakGrammar,    kConcurrentGrammar,
    kAlignedGrammar, kPluginGrammar,   kTokensGrammar,     kCommandGrammar, kHttpGrammar,
    kServerGrammar};

inline constexpr WordGrammar kModeWords = {"mode", "STUDY_UNKNOWN_MODE", keys::kModes};
inline constexpr WordGrammar kApiWords = {"api", "STUDY_UNKNOWN_API", keys::kApis};
inline constexpr WordGrammar kSandboxWords = {"sandbox", "STUDY_UNKNOWN_SANDBOX", keys::kSandboxes};
inline constexpr WordGrammar kChatWords = {"chat", "STUDY_UNKNOWN_CHAT", keys::kChats};
inline constexpr WordGrammar kCacheWords = {"cache", "STUDY_UNKNOWN_CACHE", keys::kCaches};
inline constexpr WordGrammar kPrecisionWords = {"precision", "STUDY_UNKNOWN_PRECISION",
                                                keys::kPrecisions};
inline constexpr WordGrammar kDtypeWords = {"dtype", "STUDY_UNKNOWN_DTYPE", keys::kDtypes};
inline constexpr WordGrammar kVectorWords = {"vectors", "STUDY_UNKNOWN_DTYPE", keys::kFloatDtypes};
inline constexpr WordGrammar kFormatWords = {"format", "STUDY_UNKNOWN_FORMAT", keys::kFormats};

}  // namespace falsify::harness
