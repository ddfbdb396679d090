#include <array>

#include "harness/study/study_cases.h"

namespace falsify::harness {
namespace {

constexpr auto kNo = SchemaKnows::kNo;

// Fields: name, from, to, line, schema.
constexpr std::array kRefused = {
    StudyCase{"PredictNothing", "{below: 2 s}", "{}",
              "s.yaml:20:14: predict needs one of \"below\", \"above\", \"between\", \"order\" and "
              "\"equals\" [STUDY_MISSING]"},
    StudyCase{"PredictText", "predict: {below: 2 s}", "predict: below 2 s",
              "s.yaml:20:14: predict is a mapping, not text; it takes below, above, quantile, "
              "between, order, equals, tolerance, slope "
              "[STUDY_TYPE]"},
    StudyCase{"PredictBoth", "{below: 2 s}", "{below: 2 s, above: 1 s}",
              "s.yaml:20:34: predict takes either below or above, not both; write two hypotheses "
              "[STUDY_CONFLICT]"},
    StudyCase{"PredictKey", "{below: 2 s}", "{bellow: 2 s}",
              "s.yaml:20:15: unknown key \"bellow\" in predict; did you mean \"below\"? "
              "[STUDY_UNKNOWN_KEY]"},
    StudyCase{"ThresholdBare", "{below: 2 s}", "{below: 2}",
              "s.yaml:20:22: \"2\" has no unit; ttft is a time: write 2 s or 350 ms [STUDY_UNIT]",
              kNo},
    StudyCase{"ThresholdOfAnotherMeasure", "{below: 2 s}", "{below: 2 GiB}",
              "s.yaml:20:22: \"2 GiB\" is in bytes; ttft is a time: write 2 s or 350 ms "
              "[STUDY_UNIT]",
              kNo},
    StudyCase{"ThresholdOfARatio", "{above: 1.25x}", "{above: 2 s}",
              "s.yaml:40:22: \"2 s\" is a time; relative load_time is a ratio: write 1.25 or 8.6x "
              "[STUDY_UNIT]",
              kNo},
    StudyCase{
        "ThresholdOfAPayloadRatio", "below: 2.0,", "below: 2 GB,",
        "s.yaml:27:22: \"2 GB\" is in bytes; relative peak_rss is a ratio: write 1.25 or 8.6x "
        "[STUDY_UNIT]",
        kNo},
    StudyCase{"ThresholdInfinite", "below: 2.0,", "below: .inf,",
              "s.yaml:27:22: \".inf\" does not start with a number; relative peak_rss is a ratio: "
              "write 1.25 or 8.6x [STUDY_UNIT]",
              kNo},
    StudyCase{"ThresholdZero", "{below: 2 s}", "{below: 0 s}",
              "s.yaml:20:22: below 0 s; a threshold is above 0 [STUDY_RANGE]", kNo},
    StudyCase{"ThresholdNegative", "{above: 1.25x}", "{above: -1.25}",
              "s.yaml:40:22: above -1.25; a threshold is above 0 [STUDY_RANGE]"},
    StudyCase{"ThresholdBeyondTimeout", "{below: 2 s}", "{below: 30001 ms}",
              "s.yaml:20:22: below 30001 ms lies beyond the timeout of 30 s; no trial could tell; "
              "raise timeout [STUDY_TIMEOUT]",
              kNo},
    StudyCase{
        "ThresholdAboveBeyondTimeout", "{below: 2 s}", "{above: 1 min}",
        "s.yaml:20:22: above 1 min lies beyond the timeout of 30 s; no trial could tell; raise "
        "timeout [STUDY_TIMEOUT]",
        kNo},
    StudyCase{"QuantileOne", "quantile: 0.9", "quantile: 1",
              "s.yaml:27:37: quantile of 1; it lies between 0 and 1 [STUDY_RANGE]"},
    StudyCase{"QuantileZero", "quantile: 0.9", "quantile: 0",
              "s.yaml:27:37: quantile of 0; it lies between 0 and 1 [STUDY_RANGE]"},
    StudyCase{"QuantilePercentile", "quantile: 0.9", "quantile: p90",
              "s.yaml:27:37: quantile is a number, not \"p90\"; it lies between 0 and 1 "
              "[STUDY_TYPE]"},

    // Between.
    StudyCase{"BetweenOne", "{below: 2 s}", "{between: [1 s]}",
              "s.yaml:20:24: between is a list of two thresholds; write between: [1 s, 2 "
              "s] [STUDY_TYPE]"},
    StudyCase{"BetweenText", "{below: 2 s}", "{between: 1 s}",
              "s.yaml:20:24: between is a list of two thresholds; write between: [1 s, 2 "
              "s] [STUDY_TYPE]"},
    StudyCase{"BetweenReversed", "{below: 2 s}", "{between: [2 s, 1 s]}",
              "s.yaml:20:24: nothing lies between 2 s and 1 s; write the smaller one first "
              "[STUDY_RANGE]",
              kNo},
    StudyCase{"BetweenBare", "{below: 2 s}", "{between: [1, 2 s]}",
              "s.yaml:20:25: \"1\" has no unit; ttft is a time: write 2 s or 350 ms "
              "[STUDY_UNIT]",
              kNo},

    // Orders.
    StudyCase{"OrderWithoutSweep", "{below: 2 s}", "{order: O(1)}",
              "s.yaml:20:14: an order needs \"sweep\"; add sweep: {payload: [1 MiB, 16 "
              "MiB, 256 MiB]} [STUDY_MISSING]",
              kNo},
    StudyCase{"SweepWithoutOrder", "    cache: cold\n",
              "    sweep: {payload: [1 MiB, 16 MiB, 1 GiB]}\n",
              "s.yaml:20:14: a sweep belongs to an order; write predict: {order: O(1)}, or "
              "leave sweep out [STUDY_CONFLICT]",
              kNo},
    StudyCase{"SweepBoth", "    cache: cold\n", "    sweep: {payload: [1 MiB], tensors: [1]}\n",
              "s.yaml:19:12: sweep takes one of \"payload\" and \"tensors\" "
              "[STUDY_CONFLICT]"},
    StudyCase{"SweepNothing", "    cache: cold\n", "    sweep: {}\n",
              "s.yaml:19:12: sweep takes one of \"payload\" and \"tensors\" [STUDY_MISSING]"},
    StudyCase{"SweepText", "    cache: cold\n", "    sweep: {payload: 1 MiB}\n",
              "s.yaml:19:22: sweep is over a list of sizes; write payload: [1 MiB, 16 MiB, "
              "256 MiB] [STUDY_TYPE]"},
    StudyCase{"SweepBare", "    cache: cold\n", "    sweep: {payload: [1, 2, 3]}\n",
              "s.yaml:19:23: \"1\" has no unit; payload is in bytes: write 3 GiB or 512 MB "
              "[STUDY_UNIT]"},
    StudyCase{"SweepHalf", "    cache: cold\n", "    sweep: {tensors: [1.5]}\n",
              "s.yaml:19:23: size of 1.5; write a whole number, at least 1 [STUDY_RANGE]"},
    StudyCase{"OrderUnknown",
              "    measure: ttft\n    workload: {first_token: {prompt_tokens: 12}}\n    cache: "
              "cold\n    predict: {below: 2 s}\n",
              "    measure: load_time\n    sweep: {payload: [1 MiB, 16 MiB, 1 GiB]}\n    predict: "
              "{order: O(n!)}\n",
              "s.yaml:19:14: no such order; use O(1) [STUDY_ORDER]", kNo},
    StudyCase{"OrderEmptySweep",
              "    measure: ttft\n    workload: {first_token: {prompt_tokens: 12}}\n    cache: "
              "cold\n    predict: {below: 2 s}\n",
              "    measure: load_time\n    sweep: {payload: []}\n    predict: {order: O(1)}\n",
              "s.yaml:19:14: no such order; use O(1) [STUDY_ORDER]", kNo},
    StudyCase{"OrderOfAGivenFile",
              "    subject: mapped\n    measure: ttft\n    workload: {first_token: {prompt_tokens: "
              "12}}\n    cache: cold\n    predict: {below: 2 s}\n    control: naive\n",
              "    subject: naive\n    measure: load_time\n    sweep: {payload: [1 MiB, 16 MiB, 1 "
              "GiB]}\n    predict: {order: O(1)}\n",
              "s.yaml:14:9: a sweep over model \"mine\", which has one size; sweep over a "
              "model that is generated [STUDY_CONFLICT]",
              kNo},
    StudyCase{"OrderQuantile",
              "    measure: ttft\n    workload: {first_token: {prompt_tokens: 12}}\n    cache: "
              "cold\n    predict: {below: 2 s}\n",
              "    measure: load_time\n    sweep: {payload: [1 MiB, 16 MiB, 1 GiB]}\n    predict: "
              "{order: O(1), quantile: 0.9}\n",
              "s.yaml:19:38: \"order\" has no quantile [STUDY_CONFLICT]", kNo},
    StudyCase{"OrderSlopeUnit",
              "    measure: ttft\n    workload: {first_token: {prompt_tokens: 12}}\n    cache: "
              "cold\n    predict: {below: 2 s}\n",
              "    measure: load_time\n    sweep: {payload: [1 MiB, 16 MiB, 1 GiB]}\n    predict: "
              "{order: O(1), slope: 1 ns/s}\n",
              "s.yaml:19:35: slope 1 ns/s is not how load_time may grow with size; write "
              "slope: 1 ns/KiB [STUDY_UNIT]",
              kNo},
    StudyCase{"SlopeOfNoOrder", "{below: 2 s}", "{below: 2 s, slope: 1 ns/B}",
              "s.yaml:20:34: slope belongs to order [STUDY_CONFLICT]", kNo},
    StudyCase{"ToleranceOfNoOrder", "{below: 2 s}", "{below: 2 s, tolerance: 0.1}",
              "s.yaml:20:38: tolerance belongs to order [STUDY_CONFLICT]", kNo},
    StudyCase{"ToleranceZero", "watch: 0 s}", "watch: 0 s, tolerance: 0}",
              "s.yaml:4:127: tolerance of 0; it lies above 0 and at most 1 [STUDY_RANGE]"},
    StudyCase{"ToleranceLarge", "watch: 0 s}", "watch: 0 s, tolerance: 1.5}",
              "s.yaml:4:127: tolerance of 1.5; it lies above 0 and at most 1 [STUDY_RANGE]"},

    // Invariants.
    StudyCase{"EqualsOfAFigure", "{below: 2 s}", "{equals: true}",
              "s.yaml:20:23: ttft cannot be \"equals\"; it is a figure: write below, "
              "above, between or order [STUDY_CONFLICT]",
              kNo},
    StudyCase{"BelowOfAnInvariant",
              "    measure: load_time\n    relative_to: plain\n    precision: "
              "same_width\n",
              "    measure: same_payload\n",
              "s.yaml:38:22: same_payload cannot be \"above\"; an invariant holds or does "
              "not: write equals: true [STUDY_CONFLICT]",
              kNo},
    StudyCase{"EqualsFalse",
              "    measure: load_time\n    relative_to: plain\n    precision: same_width\n    "
              "predict: {above: 1.25x}\n",
              "    measure: same_payload\n    predict: {equals: false}\n",
              "s.yaml:38:23: equals false; write equals: true [STUDY_TYPE]"},
    StudyCase{"PayloadOfATouch",
              "    measure: load_time\n    relative_to: plain\n    precision: same_width\n    "
              "predict: {above: 1.25x}\n",
              "    measure: same_payload\n    workload: touch\n    predict: {equals: true}\n",
              "s.yaml:38:15: same_payload is not taken by \"touch\"; write workload: "
              "digest, or concurrent [STUDY_WORKLOAD]",
              kNo},
    StudyCase{"AlignedToWhat",
              "    measure: load_time\n    relative_to: plain\n    precision: same_width\n    "
              "predict: {above: 1.25x}\n",
              "    measure: aligned\n    predict: {equals: true}\n",
              "s.yaml:37:14: aligned to how many bytes?; write measure: {aligned: 64} "
              "[STUDY_MISSING]",
              kNo},
    StudyCase{"AlignedToThirteen",
              "    measure: load_time\n    relative_to: plain\n    precision: same_width\n    "
              "predict: {above: 1.25x}\n",
              "    measure: {aligned: 13}\n    predict: {equals: true}\n",
              "s.yaml:37:24: aligned to 13 bytes; an alignment is a power of two "
              "[STUDY_RANGE]",
              kNo},
    StudyCase{"ConcurrentOfWhat", "workload: {first_token: {prompt_tokens: 12}}",
              "workload: {concurrent: {}}",
              "s.yaml:18:28: concurrent takes one of \"processes\" and \"threads\" "
              "[STUDY_MISSING]"},
    StudyCase{"ConcurrentWithItself", "workload: {first_token: {prompt_tokens: 12}}",
              "workload: {concurrent: {processes: 1}}",
              "s.yaml:18:40: processes of 1; write one from 2 to 64 [STUDY_RANGE]"},
    StudyCase{"SoakTooShort", "workload: {first_token: {prompt_tokens: 12}}",
              "workload: {soak: {cycles: 3}}",
              "s.yaml:18:31: cycles of 3; write one from 8 to 10000 [STUDY_RANGE]"},

    // Compounds.
    StudyCase{"MemberUnknown", "  - id: H3\n",
              "  - id: H0\n    claim: All\n    all_of: [H1, H22]\n  - id: H3\n",
              "s.yaml:34:9: all_of: there is no hypothesis \"H22\" above \"H0\"; did you "
              "mean \"H2\"? [STUDY_UNKNOWN_HYPOTHESIS]",
              kNo},
    StudyCase{"MemberBelow", "  - id: H3\n",
              "  - id: H0\n    claim: All\n    all_of: [H1, H3]\n  - id: H3\n",
              "s.yaml:34:9: all_of: there is no hypothesis \"H3\" above \"H0\"; valid: H1, "
              "H2 [STUDY_UNKNOWN_HYPOTHESIS]",
              kNo},
    StudyCase{"MemberItself", "  - id: H3\n",
              "  - id: H0\n    claim: All\n    all_of: [H0]\n  - id: H3\n",
              "s.yaml:34:9: all_of: there is no hypothesis \"H0\" above \"H0\"; valid: H1, "
              "H2 [STUDY_UNKNOWN_HYPOTHESIS]",
              kNo},
    StudyCase{"MembersNone", "  - id: H3\n",
              "  - id: H0\n    claim: All\n    all_of: []\n  - id: H3\n",
              "s.yaml:36:13: all_of is a list of hypotheses; write all_of: [H1, H2] "
              "[STUDY_TYPE]"},
    StudyCase{"CompoundMeasures", "  - id: H3\n",
              "  - id: H0\n    claim: All\n    all_of: [H1]\n    measure: ttft\n  - id: H3\n",
              "s.yaml:37:5: unknown key \"measure\" in compound; valid: id, claim, all_of "
              "[STUDY_UNKNOWN_KEY]"},

    // Modes and sabotage.
    StudyCase{"ModeUnknown", "watch: 0 s}", "watch: 0 s, mode: stedy}",
              "s.yaml:4:122: unknown mode \"stedy\"; did you mean \"steady\"? "
              "[STUDY_UNKNOWN_MODE]"},
    StudyCase{"SteadyTtft", "    cache: cold\n", "    mode: steady\n",
              "s.yaml:19:11: steady ttft of workload first_token, warm; only load_time of "
              "open, warm, can be repeated in one process [STUDY_CONFLICT]",
              kNo},
    StudyCase{"SabotageNone", "watch: 0 s}", "watch: 0 s, sabotage: 1}",
              "s.yaml:4:126: sabotage of 1; it lies above 1 and at most 100 [STUDY_RANGE]"},
    StudyCase{"Sandbox", "watch: 0 s}", "sandbox: tight}",
              "s.yaml:4:113: unknown sandbox \"tight\"; valid: contain, strict, required "
              "[STUDY_UNKNOWN_SANDBOX]"},
};

constexpr std::array kAccepted = {
    StudyCase{"Between", "{below: 2 s}", "{between: [1 s, 2 s]}", ""},
    StudyCase{"BetweenRatios", "{above: 1.25x}", "{between: [0.8x, 1.25]}", ""},
    StudyCase{"Order",
              "    measure: ttft\n    workload: {first_token: {prompt_tokens: 12}}\n    cache: "
              "cold\n    predict: {below: 2 s}\n",
              "    measure: load_time\n    sweep: {payload: [1 MiB, 16 MiB, 1 GiB]}\n    predict: "
              "{order: O(n log n), tolerance: 0.2, slope: 1 ns/KiB}\n",
              ""},
    StudyCase{"OrderOverTensors",
              "    measure: ttft\n    workload: {first_token: {prompt_tokens: 12}}\n    cache: "
              "cold\n    predict: {below: 2 s}\n",
              "    measure: load_time\n    sweep: {tensors: [10, 100, 1000]}\n    predict: {order: "
              "O(n), slope: 2 us/tensor}\n",
              ""},
    StudyCase{"Invariant",
              "    measure: load_time\n    relative_to: plain\n    precision: same_width\n    "
              "predict: {above: 1.25x}\n",
              "    measure: same_payload\n    predict: {equals: true}\n", ""},
    StudyCase{"Aligned",
              "    measure: load_time\n    relative_to: plain\n    precision: same_width\n    "
              "predict: {above: 1.25x}\n",
              "    measure: {aligned: 64}\n    predict: {equals: true}\n", ""},
    StudyCase{"Soak",
              "    measure: load_time\n    relative_to: plain\n    precision: same_width\n    "
              "predict: {above: 1.25x}\n",
              "    measure: no_leak\n    workload: {soak: {cycles: 30}}\n    predict: {equals: "
              "true}\n",
              ""},
    StudyCase{"Concurrent",
              "    measure: load_time\n    relative_to: plain\n    precision: same_width\n    "
              "predict: {above: 1.25x}\n",
              "    measure: peak_pss\n    workload: {concurrent: {processes: 4}}\n    relative_to: "
              "payload\n    predict: {below: 1.5}\n",
              ""},
    StudyCase{"AllOf", "  - id: H3\n",
              "  - id: H0\n    claim: All\n    all_of: [H1, H2]\n  - id: H3\n", ""},
    StudyCase{"AllOfACompound", "  - id: H3\n",
              "  - id: H0\n    claim: All\n    all_of: [H1]\n  - id: H00\n    claim: More\n    "
              "all_of: [H0, H2]\n  - id: H3\n",
              ""},
    StudyCase{"Steady", "    precision: same_width\n",
              "    precision: same_width\n    mode: steady\n", ""},
    StudyCase{"Sabotage", "watch: 0 s}", "watch: 0 s, sabotage: 1.05, mode: one_shot}", ""},
    StudyCase{"GenerateBare", "{payload: 16 MiB}", "{payload: 16 MiB, tensors: 50, sparse: true}",
              ""},
};

}  // namespace

std::span<const StudyCase> RefusedPredictions() { return kRefused; }
std::span<const StudyCase> AcceptedPredictions() { return kAccepted; }

}  // namespace falsify::harness
