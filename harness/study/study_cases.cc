#include "harness/study/study_cases.h"

#include <array>
#include <cstddef>
#include <cstdlib>

namespace falsify::harness {
namespace {

constexpr auto kNo = SchemaKnows::kNo;

constexpr std::string_view kValid = R"(schema: falsify/study/v1
id: T-1
title: One small study
defaults: {cache: warm, alpha: 0.05, beta: 0.04, blocks: {min: 6, max: 50}, timeout: 30 s, threads: 3, watch: 0 s}
models:
  st: {generate: {shape: tiny, dtype: F16, format: safetensors, seed: 7}}
  big: {generate: {payload: 16 MiB}}
  mine: {path: ./model.safetensors}
subjects:
  plain: {loader: read, model: st}
  mapped: {loader: mmap, model: st}
  naive: {loader: {pread: {threads: 2, chunk: 8 MiB}}, model: mine}
hypotheses:
  - id: H1
    claim: The first token arrives in under two seconds
    subject: mapped
    measure: ttft
    workload: {first_token: {prompt_tokens: 12}}
    cache: cold
    predict: {below: 2 s}
    control: naive
  - id: H2
    claim: Loading needs less than twice the model's size
    subject: mapped
    measure: peak_rss
    relative_to: payload
    predict: {below: 2.0, quantile: 0.9}
    alpha: 0.01
    beta: 0.02
    blocks: {max: 40}
    timeout: 5 min
    threads: 1
    watch: 10 s
  - id: H3
    claim: Mapping is no slower than reading
    subject: mapped
    measure: load_time
    relative_to: plain
    precision: same_width
    predict: {above: 1.25x}
)";

// Fields: name, from, to, line, schema.
constexpr std::array kRefused = {
    // The study itself.
    StudyCase{"Schema", "falsify/study/v1", "falsify/study/v2",
              "s.yaml:1:9: schema \"falsify/study/v2\"; this version reads falsify/study/v1 "
              "[STUDY_SCHEMA]"},
    StudyCase{"SchemaMissing", "schema: falsify/study/v1\n", "",
              "s.yaml:1:1: study needs \"schema\" [STUDY_MISSING]"},
    StudyCase{"IdMissing", "id: T-1\n", "", "s.yaml:1:1: study needs \"id\" [STUDY_MISSING]"},
    StudyCase{"IdNumber", "id: T-1", "id: 1.10",
              "s.yaml:2:5: id is text, not a number; write \"1.10\" with its quotes [STUDY_TYPE]"},
    StudyCase{"IdCharacters", "id: T-1", "id: T 1/../x",
              "s.yaml:2:5: id \"T 1/../x\" is not a name; write letters, digits, _ . and - "
              "[STUDY_NAME]"},
    StudyCase{"TitleMapping", "title: One small study", "title: {a: 1}",
              "s.yaml:3:8: title is text, not a mapping [STUDY_TYPE]"},
    StudyCase{"TitleEmpty", "title: One small study", "title: ' '",
              "s.yaml:3:8: title is empty [STUDY_MISSING]"},
    StudyCase{"TitleNothing", "title: One small study",
              "title:", "s.yaml:3:1: title is text, not nothing [STUDY_TYPE]"},

    // Settings.
    StudyCase{"DefaultsKey", "watch: 0 s}", "wacth: 0 s}",
              "s.yaml:4:104: unknown key \"wacth\" in defaults; did you mean \"watch\"? "
              "[STUDY_UNKNOWN_KEY]"},
    StudyCase{"Cache", "cache: warm", "cache: wram",
              "s.yaml:4:19: unknown cache \"wram\"; did you mean \"warm\"? "
              "[STUDY_UNKNOWN_CACHE]"},
    StudyCase{"AlphaZero", "alpha: 0.05", "alpha: 0",
              "s.yaml:4:32: alpha of 0; it lies above 0 and at most 0.5 [STUDY_RANGE]"},
    StudyCase{"AlphaLarge", "alpha: 0.05", "alpha: 0.51",
              "s.yaml:4:32: alpha of 0.51; it lies above 0 and at most 0.5 [STUDY_RANGE]"},
    StudyCase{"AlphaPercent", "alpha: 0.05", "alpha: 5 %",
              "s.yaml:4:32: alpha is a number, not \"5 %\"; it lies above 0 and at most 0.5 "
              "[STUDY_TYPE]"},
    StudyCase{"AlphaNan", "alpha: 0.05", "alpha: .nan",
              "s.yaml:4:32: alpha is a number, not \".nan\"; it lies above 0 and at most 0.5 "
              "[STUDY_TYPE]",
              kNo},
    StudyCase{"Beta", "beta: 0.04", "beta: -0.1",
              "s.yaml:4:44: beta of -0.1; it lies above 0 and at most 0.5 [STUDY_RANGE]"},
    StudyCase{"BlocksNumber", "blocks: {min: 6, max: 50}", "blocks: 5",
              "s.yaml:4:58: blocks is a mapping, not a number; it takes min, max [STUDY_TYPE]"},
    StudyCase{"BlocksMinZero", "min: 6", "min: 0",
              "s.yaml:4:64: blocks: min of 0; write one from 1 to 1000000 [STUDY_RANGE]"},
    StudyCase{
        "BlocksMinHalf", "min: 6", "min: 5.5",
        "s.yaml:4:64: blocks: min is a whole number, not \"5.5\"; write one from 1 to 1000000 "
        "[STUDY_TYPE]"},
    StudyCase{"BlocksMaxHuge", "max: 50", "max: 99999999999999999999999",
              "s.yaml:4:72: blocks: max of 99999999999999999999999; write one from 1 to 1000000 "
              "[STUDY_RANGE]"},
    StudyCase{"BlocksMaxBelowMin", "max: 50", "max: 4",
              "s.yaml:4:58: blocks: max of 4 below min of 6 [STUDY_RANGE]", kNo},
    StudyCase{"BlocksMaxBelowInheritedMin", "blocks: {max: 40}", "blocks: {max: 3}",
              "s.yaml:30:13: blocks: max of 3 below min of 6 [STUDY_RANGE]", kNo},
    StudyCase{"TimeoutBare", "timeout: 30 s", "timeout: 30",
              "s.yaml:4:86: \"30\" has no unit; timeout is a time: write 2 s or 350 ms "
              "[STUDY_UNIT]"},
    StudyCase{"TimeoutZero", "timeout: 30 s", "timeout: 0 s",
              "s.yaml:4:86: timeout of 0 s; it lies above 0 s and at most 168 h [STUDY_RANGE]",
              kNo},
    StudyCase{"TimeoutHuge", "timeout: 30 s", "timeout: 1e9 h",
              "s.yaml:4:86: timeout of 1e9 h; it lies above 0 s and at most 168 h [STUDY_RANGE]",
              kNo},
    StudyCase{"TimeoutList", "timeout: 30 s", "timeout: [30 s]",
              "s.yaml:4:86: timeout is a number with its unit, not a list [STUDY_TYPE]"},
    StudyCase{"WatchNegative", "watch: 0 s", "watch: -1 s",
              "s.yaml:4:111: watch of -1 s; it lies at or above 0 s and at most 168 h "
              "[STUDY_RANGE]"},
    StudyCase{"ThreadsZero", "threads: 3", "threads: 0",
              "s.yaml:4:101: threads of 0; write one from 1 to 1024 [STUDY_RANGE]"},
    StudyCase{"ThreadsMany", "threads: 3", "threads: 1025",
              "s.yaml:4:101: threads of 1025; write one from 1 to 1024 [STUDY_RANGE]"},
    StudyCase{"ThreadsOctal", "threads: 3", "threads: 010",
              "s.yaml:4:101: threads is a whole number, not \"010\"; write one from 1 to 1024 "
              "[STUDY_TYPE]",
              kNo},
    StudyCase{"ThreadsQuoted", "threads: 3", "threads: '3'",
              "s.yaml:4:101: threads is a whole number, not \"3\"; write one from 1 to 1024 "
              "[STUDY_TYPE]"},

    // Models.
    StudyCase{"ModelName", "  big: {", "  bi g: {",
              "s.yaml:7:3: models: \"bi g\" is not a name; write letters, digits, _ . and - "
              "[STUDY_NAME]"},
    StudyCase{"ModelText", "mine: {path: ./model.safetensors}", "mine: ./model.safetensors",
              "s.yaml:8:9: model is a mapping, not text; it takes path, generate, convert "
              "[STUDY_TYPE]"},
    StudyCase{"ModelEmpty", "mine: {path: ./model.safetensors}", "mine: {}",
              "s.yaml:8:9: model takes one of \"path\", \"generate\" and \"convert\" "
              "[STUDY_MISSING]"},
    StudyCase{"ModelBoth", "{generate: {payload: 16 MiB}}",
              "{path: x, generate: {payload: 16 MiB}}",
              "s.yaml:7:8: model takes one of \"path\", \"generate\" and \"convert\" "
              "[STUDY_CONFLICT]"},
    StudyCase{"ConvertFrom", "mine: {path: ./model.safetensors}",
              "mine: {convert: {from: bgi, format: gguf}}",
              "s.yaml:8:26: unknown model \"bgi\"; did you mean \"big\"? [STUDY_UNKNOWN_MODEL]",
              kNo},
    StudyCase{"ConvertNothing", "mine: {path: ./model.safetensors}", "mine: {convert: {from: st}}",
              "s.yaml:8:19: convert needs \"format\" [STUDY_MISSING]"},
    StudyCase{"ConvertCycle", "mine: {path: ./model.safetensors}",
              "mine: {convert: {from: mine, format: gguf}}",
              "s.yaml:8:3: model \"mine\" is converted from itself [STUDY_CYCLE]", kNo},
    StudyCase{"GenerateNothing", "{payload: 16 MiB}", "{dtype: F32}",
              "s.yaml:7:19: generate needs \"shape\" or \"payload\" [STUDY_MISSING]"},
    StudyCase{"GenerateBoth", "{payload: 16 MiB}", "{payload: 16 MiB, shape: tiny}",
              "s.yaml:7:29: generate takes either shape or payload, not both [STUDY_CONFLICT]"},
    StudyCase{"Shape", "shape: tiny", "shape: qwen2.5-1.5",
              "s.yaml:6:26: unknown shape \"qwen2.5-1.5\"; did you mean \"qwen2.5-1.5b\"? "
              "[STUDY_UNKNOWN_SHAPE]",
              kNo},
    StudyCase{
        "ShapePayload", "shape: tiny", "shape: payload",
        "s.yaml:6:26: a payload is given by its size; write payload: 16 MiB instead of shape: "
        "payload [STUDY_CONFLICT]"},
    StudyCase{"PayloadBare", "payload: 16 MiB", "payload: 16",
              "s.yaml:7:29: \"16\" has no unit; payload is in bytes: write 3 GiB or 512 MB "
              "[STUDY_UNIT]"},
    StudyCase{"PayloadPart", "payload: 16 MiB", "payload: 1.5 B",
              "s.yaml:7:29: payload of 1.5 B; write a whole number of bytes, at least 1 B "
              "[STUDY_RANGE]",
              kNo},
    StudyCase{"PayloadHuge", "payload: 16 MiB", "payload: 1e30 TiB",
              "s.yaml:7:29: payload of 1e30 TiB; write a whole number of bytes, at least 1 B "
              "[STUDY_RANGE]",
              kNo},
    StudyCase{"Dtype", "dtype: F16", "dtype: BF61",
              "s.yaml:6:39: unknown dtype \"BF61\"; did you mean \"BF16\"? [STUDY_UNKNOWN_DTYPE]"},
    StudyCase{"Format", "format: safetensors", "format: safetensor",
              "s.yaml:6:52: unknown format \"safetensor\"; did you mean \"safetensors\"? "
              "[STUDY_UNKNOWN_FORMAT]"},
    StudyCase{"Seed", "seed: 7", "seed: -7",
              "s.yaml:6:71: seed is a whole number, not \"-7\"; write one from 0 to "
              "18446744073709551615 [STUDY_TYPE]"},
    StudyCase{"PathEmpty", "path: ./model.safetensors", "path: ''",
              "s.yaml:8:16: path is empty [STUDY_MISSING]"},

    // Subjects.
    StudyCase{"SubjectReserved", "  plain: {", "  payload: {",
              "s.yaml:10:3: a subject cannot be called \"payload\"; relative_to gives that word a "
              "meaning of its own [STUDY_NAME]"},
    StudyCase{"SubjectTwice", "  plain: {", "  mapped: {",
              "s.yaml:11:3: key \"mapped\" is already given in line 10 [STUDY_DUPLICATE]", kNo},
    StudyCase{"SubjectLoaderMissing", "{loader: read, model: st}", "{model: st}",
              "s.yaml:10:10: subject needs \"loader\" [STUDY_MISSING]"},
    StudyCase{"SubjectModelMissing", "{loader: read, model: st}", "{loader: read}",
              "s.yaml:10:10: subject needs \"model\" [STUDY_MISSING]"},
    StudyCase{"Loader", "loader: mmap", "loader: mmpa",
              "s.yaml:11:20: unknown loader \"mmpa\"; did you mean \"mmap\"? "
              "[STUDY_UNKNOWN_LOADER]",
              kNo},
    StudyCase{"LoaderNonsense", "loader: mmap", "loader: bananas",
              "s.yaml:11:20: unknown loader \"bananas\"; valid: read, mmap, pread, read-copy-f32 "
              "[STUDY_UNKNOWN_LOADER]",
              kNo},
    StudyCase{"HttpBare", "loader: mmap", "loader: http",
              "s.yaml:11:20: http needs its address; write {http: {url: "
              "\"http://127.0.0.1:8774\", start: [./server]}} [STUDY_MISSING]",
              kNo},
    StudyCase{"HttpUrl", "loader: mmap",
              "loader: {http: {url: \"http://me:secret@h/\", start: [x]}}",
              "s.yaml:11:33: \"http://me:secret@h/\" is no plain http address; write "
              "\"http://127.0.0.1:8774\", or {port} for a port that is free [STUDY_URL]",
              kNo},
    StudyCase{"HttpWithoutServer", "loader: mmap", "loader: {http: {url: \"http://h\"}}",
              "s.yaml:11:27: a server takes one of \"start\", \"pid\" and \"pid_file\" "
              "[STUDY_MISSING]",
              kNo},
    StudyCase{"HttpTwoServers", "loader: mmap",
              "loader: {http: {url: \"http://h\", start: [x], pid: 1}}",
              "s.yaml:11:27: a server takes one of \"start\", \"pid\" and \"pid_file\" "
              "[STUDY_CONFLICT]",
              kNo},
    StudyCase{"HttpApi", "loader: mmap", "loader: {http: {url: \"http://h\", pid: 1, api: openai}}",
              "s.yaml:11:58: unknown api \"openai\"; valid: openai-chat, openai-completions "
              "[STUDY_UNKNOWN_API]",
              kNo},
    StudyCase{"PluginBare", "loader: mmap", "loader: plugin",
              "s.yaml:11:20: plugin needs its library; write {plugin: ./libmine.so} "
              "[STUDY_MISSING]",
              kNo},
    StudyCase{"PluginKey", "loader: mmap", "loader: {plugin: ./a.so, option: {a: 1}}",
              "s.yaml:11:37: unknown key \"option\" in plugin_loader; did you mean \"options\"? "
              "[STUDY_UNKNOWN_KEY]"},
    StudyCase{"CommandBare", "loader: mmap", "loader: command",
              "s.yaml:11:20: command needs its program; write {command: [python3, my_loader.py]} "
              "[STUDY_MISSING]",
              kNo},
    StudyCase{"CommandText", "loader: mmap", "loader: {command: python3 my_loader.py}",
              "s.yaml:11:30: command is a list, the program first; write [python3, my_loader.py] "
              "[STUDY_TYPE]"},
    StudyCase{"CommandEmpty", "loader: mmap", "loader: {command: []}",
              "s.yaml:11:30: command is a list, the program first; write [python3, my_loader.py] "
              "[STUDY_TYPE]"},
    StudyCase{"LoaderTwo", "loader: mmap", "loader: {mmap: {a: 1}, read: {a: 1}}",
              "s.yaml:11:20: loader is one name with its options; write {pread: {threads: 2}} "
              "[STUDY_TYPE]"},
    StudyCase{"LoaderOptionList", "threads: 2, chunk: 8 MiB", "threads: [2]",
              "s.yaml:12:37: threads is a number, not a list [STUDY_TYPE]"},
    StudyCase{"LoaderOption", "threads: 2, chunk", "thraeds: 2, chunk",
              "s.yaml:12:28: unknown loader option \"thraeds\"; did you mean \"threads\"? "
              "[STUDY_UNKNOWN_OPTION]",
              kNo},
    StudyCase{
        "LoaderOptionUnit", "chunk: 8 MiB", "chunk: 8 s",
        "s.yaml:12:47: \"8 s\" is a time; chunk is in bytes: write 3 GiB or 512 MB [STUDY_UNIT]",
        kNo},
    StudyCase{
        "LoaderOptionBare", "chunk: 8 MiB", "chunk: 8",
        "s.yaml:12:47: \"8\" has no unit; chunk is in bytes: write 3 GiB or 512 MB [STUDY_UNIT]",
        kNo},
    StudyCase{"LoaderOptionRange", "threads: 2,", "threads: 0,",
              "s.yaml:12:37: threads of 0; write 1 to 256 [STUDY_RANGE]", kNo},
    StudyCase{"LoaderOptionsNothing", "{pread: {threads: 2, chunk: 8 MiB}}", "{pread: }",
              "s.yaml:12:20: loader options is a mapping from names, not nothing [STUDY_TYPE]"},
    StudyCase{"Model", "model: mine", "model: mien",
              "s.yaml:12:63: unknown model \"mien\"; did you mean \"mine\"? [STUDY_UNKNOWN_MODEL]",
              kNo},

    // Hypotheses.
    StudyCase{
        "HypothesisText", "  - id: H1\n", "  - H0\n  - id: H1\n",
        "s.yaml:14:5: hypothesis is a mapping, not text; it takes id, claim, subject, measure, "
        "workload, cache, relative_to, precision, predict, control, alpha, beta, blocks, "
        "timeout, threads, watch, sweep, tolerance, sabotage, mode [STUDY_TYPE]"},
    StudyCase{"HypothesisKey", "    measure: ttft", "    mesure: ttft",
              "s.yaml:17:5: unknown key \"mesure\" in hypothesis; did you mean \"measure\"? "
              "[STUDY_UNKNOWN_KEY]"},
    StudyCase{"HypothesisKeyTwice", "    cache: cold\n", "    cache: cold\n    cache: warm\n",
              "s.yaml:20:5: key \"cache\" is already given in line 19 [STUDY_DUPLICATE]", kNo},
    StudyCase{"ClaimMissing", "    claim: Mapping is no slower than reading\n", "",
              "s.yaml:34:5: hypothesis needs \"claim\" [STUDY_MISSING]"},
    StudyCase{"ClaimNumber", "claim: Mapping is no slower than reading", "claim: true",
              "s.yaml:35:12: claim is text, not true or false; write \"true\" with its quotes "
              "[STUDY_TYPE]"},
    StudyCase{"IdTwice", "id: H3", "id: H1",
              "s.yaml:34:9: id \"H1\" is already given in line 14 [STUDY_DUPLICATE]", kNo},
    StudyCase{"Subject", "subject: mapped", "subject: maped",
              "s.yaml:16:14: unknown subject \"maped\"; did you mean \"mapped\"? "
              "[STUDY_UNKNOWN_SUBJECT]",
              kNo},
    StudyCase{"Measure", "measure: peak_rss", "measure: peak_rs",
              "s.yaml:25:14: unknown measure \"peak_rs\"; did you mean \"peak_rss\"? "
              "[STUDY_UNKNOWN_MEASURE]"},
    StudyCase{
        "MeasureNonsense", "measure: peak_rss", "measure: latency",
        "s.yaml:25:14: unknown measure \"latency\"; valid: load_time, materialize_time, "
        "ready_time, ttft, peak_rss, peak_anon, peak_file, rss_after_load, bytes_read, "
        "storage_bytes, minor_faults, major_faults, resident_after_load, cpu_time, throughput, "
        "decode_rate, startup_time, shutdown_time, peak_pss, rss_growth_per_cycle "
        "and 7 more [STUDY_UNKNOWN_MEASURE]"},
    StudyCase{"Workload", "workload: {first_token: {prompt_tokens: 12}}", "workload: first-token",
              "s.yaml:18:15: unknown workload \"first-token\"; did you mean \"first_token\"? "
              "[STUDY_UNKNOWN_WORKLOAD]"},
    StudyCase{"GenerateKey", "workload: {first_token: {prompt_tokens: 12}}",
              "workload: {generate: {tokens: 9}}",
              "s.yaml:18:27: unknown key \"tokens\" in tokens; did you mean \"max_tokens\"? "
              "[STUDY_UNKNOWN_KEY]"},
    StudyCase{"GenerateOne", "workload: {first_token: {prompt_tokens: 12}}",
              "workload: {generate: {max_tokens: 1}}",
              "s.yaml:18:39: max_tokens of 1; write one from 2 to 32768 [STUDY_RANGE]"},
    StudyCase{"WorkloadNotTheMeasures", "workload: {first_token: {prompt_tokens: 12}}",
              "workload: open",
              "s.yaml:18:15: ttft is not taken by \"open\"; write workload: first_token "
              "[STUDY_WORKLOAD]",
              kNo},
    StudyCase{"WorkloadTwo", "{first_token: {prompt_tokens: 12}}", "{first_token: {}, open: {}}",
              "s.yaml:18:15: workload is one name with its options; write {first_token: "
              "{prompt_tokens: 9}} [STUDY_TYPE]"},
    StudyCase{"WorkloadOptionUnknown", "{first_token: {prompt_tokens: 12}}",
              "{first_token: {tokens: 12}}",
              "s.yaml:18:30: unknown key \"tokens\" in prompt; valid: prompt_tokens, prompt, chat "
              "[STUDY_UNKNOWN_KEY]"},
    StudyCase{"WorkloadOptionOfAnother", "{first_token: {prompt_tokens: 12}}",
              "{touch: {prompt_tokens: 12}}",
              "s.yaml:18:24: unknown key \"prompt_tokens\" in other_workload; it takes none "
              "[STUDY_UNKNOWN_KEY]"},
    StudyCase{"PromptTwice", "prompt_tokens: 12", "prompt_tokens: 12, prompt: hello",
              "s.yaml:18:57: a prompt is a text or a number of tokens, not both "
              "[STUDY_CONFLICT]"},
    StudyCase{"ChatWithoutPrompt", "prompt_tokens: 12", "chat: chatml",
              "s.yaml:18:36: only a prompt that is a text is put as a chat; write prompt: beside "
              "it [STUDY_CONFLICT]"},
    StudyCase{"ChatUnknown", "prompt_tokens: 12", "prompt: hello, chat: chat-ml",
              "s.yaml:18:51: unknown chat \"chat-ml\"; did you mean \"chatml\"? "
              "[STUDY_UNKNOWN_CHAT]"},
    StudyCase{"PromptTokensNone", "prompt_tokens: 12", "prompt_tokens: 0",
              "s.yaml:18:45: prompt_tokens of 0; write one from 1 to 32768 [STUDY_RANGE]"},
    StudyCase{"PromptTokensMany", "prompt_tokens: 12", "prompt_tokens: 32769",
              "s.yaml:18:45: prompt_tokens of 32769; write one from 1 to 32768 [STUDY_RANGE]"},

    // What is compared.
    StudyCase{"RelativeUnknown", "relative_to: plain", "relative_to: plane",
              "s.yaml:38:18: unknown relative_to \"plane\"; did you mean \"plain\"? "
              "[STUDY_UNKNOWN_SUBJECT]",
              kNo},
    StudyCase{"RelativeToItself", "relative_to: plain", "relative_to: mapped",
              "s.yaml:38:18: subject \"mapped\" relative to itself; the ratio is always 1 "
              "[STUDY_CONFLICT]",
              kNo},
    StudyCase{"TimeRelativeToPayload", "relative_to: plain", "relative_to: payload",
              "s.yaml:38:18: load_time cannot be relative to payload; only measures in bytes can; "
              "name a subject to compare with [STUDY_CONFLICT]",
              kNo},
    StudyCase{
        "TimeRelativeToFile", "relative_to: plain", "relative_to: file",
        "s.yaml:38:18: load_time cannot be relative to file; only measures in bytes can; name "
        "a subject to compare with [STUDY_CONFLICT]",
        kNo},
    StudyCase{"PrecisionUnknown", "precision: same_width", "precision: same_with",
              "s.yaml:39:16: unknown precision \"same_with\"; did you mean \"same_width\"? "
              "[STUDY_UNKNOWN_PRECISION]"},
    StudyCase{"PrecisionOfNothing", "    relative_to: payload\n",
              "    relative_to: payload\n    precision: any\n",
              "s.yaml:27:16: precision without a subject to compare with; name one in relative_to, "
              "or leave precision out [STUDY_CONFLICT]",
              kNo},
    StudyCase{"ControlUnknown", "control: naive", "control: knave",
              "s.yaml:21:14: unknown control \"knave\"; did you mean \"naive\"? "
              "[STUDY_UNKNOWN_SUBJECT]",
              kNo},
    StudyCase{
        "ControlIsSubject", "control: naive", "control: mapped",
        "s.yaml:21:14: \"mapped\" is both subject and control; a control is a subject that the "
        "same prediction must falsify [STUDY_CONFLICT]",
        kNo},
    StudyCase{"ControlIsReference", "    precision: same_width\n", "    control: plain\n",
              "s.yaml:39:14: control \"plain\" relative to itself; the ratio is always 1 "
              "[STUDY_CONFLICT]",
              kNo},

    // YAML itself; more in yaml_tree_test.cc.
    StudyCase{"MergeKey", "  - id: H1\n", "  - <<: {cache: cold}\n    id: H1\n",
              "s.yaml:14:5: merge keys (<<) are not taken; write shared settings under defaults: "
              "[STUDY_MERGE]",
              kNo},
};

constexpr std::array kAccepted = {
    StudyCase{"AsItIs", "", "", ""},
    StudyCase{"NoTitle", "title: One small study\n", "", ""},
    StudyCase{
        "NoDefaults",
        "defaults: {cache: warm, alpha: 0.05, beta: 0.04, blocks: {min: 6, max: 50}, timeout: "
        "30 s, threads: 3, watch: 0 s}\n",
        "", ""},
    StudyCase{"PromptAsText", "prompt_tokens: 12", "prompt: \"What is 2+2?\", chat: chatml", ""},
    StudyCase{"HttpLoader", "loader: mmap",
              "loader: {http: {url: \"http://127.0.0.1:{port}\", start: [./server, \"{model}\"], "
              "ready: /up, stop: 2 s, model: m, api: openai-completions}}",
              ""},
    StudyCase{"WorkloadByName", "workload: {first_token: {prompt_tokens: 12}}",
              "workload: first_token", ""},
    StudyCase{"FirstOfMany", "workload: {first_token: {prompt_tokens: 12}}",
              "workload: {generate: {prompt_tokens: 12, max_tokens: 8}}", ""},
    StudyCase{"Command", "loader: mmap",
              "loader: {command: [python3, my_loader.py], options: {depth: 4}}", ""},
    StudyCase{"Plugin", "loader: mmap", "loader: {plugin: ./a.so, options: {depth: 4}}", ""},
    StudyCase{"WorkloadLeftOut", "    workload: {first_token: {prompt_tokens: 12}}\n", "", ""},
    StudyCase{"WorkloadOtherThanTheUsual", "    relative_to: payload\n",
              "    workload: {to_f32: {}}\n    relative_to: payload\n", ""},
    StudyCase{"RelativeToFile", "relative_to: payload", "relative_to: file", ""},
    StudyCase{"ThresholdAtTheTimeout", "{below: 2 s}", "{below: 30 s}", ""},
    StudyCase{"RatioQuoted", "below: 2.0,", "below: '2.0',", ""},
    StudyCase{"TimeoutInMinutes", "timeout: 30 s", "timeout: 0.5m", ""},
    StudyCase{"Alias", "    predict: {below: 2 s}\n",
              "    predict: &limit {below: 2 s}\n    control: naive\n  - id: H0\n    claim: Again\n"
              "    subject: plain\n    measure: ttft\n    predict: *limit\n",
              ""},
    StudyCase{"Comment", "models:\n", "models:  # what is loaded\n", ""},
};

}  // namespace

std::string_view ValidStudyText() { return kValid; }

Vocabulary TestVocabulary() {
  static constexpr std::array kPreadOptions = {loaders::kThreadsOption, loaders::kChunkOption};
  return {.loaders = {{"read", {}}, {"mmap", {}}, {"pread", kPreadOptions}, {"read-copy-f32", {}}},
          .shapes = {"tiny", "qwen2.5-0.5b", "qwen2.5-1.5b", "payload"},
          .check_order = [](std::string_view order, std::span<const double> sizes) -> Result<void> {
            if (order != "O(n!)" && sizes.size() >= 3) return {};
            return Fail({.code = {}, .where = {}, .what = "no such order", .hint = "use O(1)"});
          }};
}

std::vector<StudyCase> RefusedStudies() {
  std::vector<StudyCase> all(kRefused.begin(), kRefused.end());
  const auto predictions = RefusedPredictions();
  all.insert(all.end(), predictions.begin(), predictions.end());
  return all;
}

std::vector<StudyCase> AcceptedStudies() {
  std::vector<StudyCase> all(kAccepted.begin(), kAccepted.end());
  const auto predictions = AcceptedPredictions();
  all.insert(all.end(), predictions.begin(), predictions.end());
  return all;
}

std::string Apply(const StudyCase& change) {
  std::string text(kValid);
  const std::size_t at = text.find(change.from);
  if (at == std::string::npos) std::abort();  // the case would test nothing
  text.replace(at, change.from.size(), change.to);
  return text;
}

}  // namespace falsify::harness
