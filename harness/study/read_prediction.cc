#include "harness/study/read_prediction.h"

#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "harness/study/grammar.h"
#include "harness/study/nearest_word.h"
#include "harness/study/units.h"

namespace falsify::harness {
namespace {

struct KindWord {
  std::string_view key;
  Prediction::Kind kind;
};
constexpr std::array kKinds = {
    KindWord{"below", Prediction::Kind::kBelow}, KindWord{"above", Prediction::Kind::kAbove},
    KindWord{"between", Prediction::Kind::kBetween}, KindWord{"order", Prediction::Kind::kOrder},
    KindWord{"equals", Prediction::Kind::kHolds}};

/// The one thing that is predicted, and where it stands.
struct Predicted {
  KindWord word = kKinds[0];
  const YamlNode* node = nullptr;
};

Predicted FindKind(const YamlNode& node, const MapReader& map, StudyProblems& problems) {
  Predicted found;
  for (const KindWord& word : kKinds) {
    const YamlNode* const given = map.Find(word.key);
    if (given == nullptr) continue;
    if (found.node != nullptr) {
      problems.Add(given->at, "STUDY_CONFLICT",
                   fmt::format("predict takes either {} or {}, not both", found.word.key, word.key),
                   "write two hypotheses");
      return found;
    }
    found = {word, given};
  }
  if (found.node == nullptr) {
    problems.Add(node.at, "STUDY_MISSING",
                 R"(predict needs one of "below", "above", "between", "order" and "equals")");
  }
  return found;
}

Quantity ThresholdQuantity(const Hypothesis& hypothesis, const MeasureEntry& measure) {
  return hypothesis.relative_to ? Quantity::kRatio : QuantityOf(measure.kind);
}

double ReadThreshold(const YamlNode& node, std::string_view key, const Hypothesis& hypothesis,
                     const MeasureEntry& measure, StudyProblems& problems) {
  const Quantity quantity = ThresholdQuantity(hypothesis, measure);
  const std::string what =
      hypothesis.relative_to ? fmt::format("relative {}", measure.name) : std::string(measure.name);
  const double threshold = ReadQuantity(node, quantity, what, problems);
  if (threshold <= 0) {
    problems.Add(node.at, "STUDY_RANGE", fmt::format("{} {}", key, Shortened(node.text)),
                 "a threshold is above 0");
  }
  if (quantity == Quantity::kTime && threshold > hypothesis.timeout_seconds) {
    problems.Add(node.at, "STUDY_TIMEOUT",
                 fmt::format("{} {} lies beyond the timeout of {}", key, Shortened(node.text),
                             FormatQuantity(hypothesis.timeout_seconds, Quantity::kTime)),
                 "no trial could tell; raise timeout");
  }
  return threshold;
}

void ReadBetween(const YamlNode& node, const Hypothesis& hypothesis, const MeasureEntry& measure,
                 Prediction& prediction, StudyProblems& problems) {
  if (node.kind != YamlNode::Kind::kList || node.items.size() != 2) {
    problems.Add(node.at, "STUDY_TYPE", "between is a list of two thresholds",
                 "write between: [1 s, 2 s]");
    return;
  }
  const YamlNode& lower = *node.items[0];
  const YamlNode& upper = *node.items[1];
  prediction.threshold = ReadThreshold(lower, "between", hypothesis, measure, problems);
  prediction.upper_threshold = ReadThreshold(upper, "between", hypothesis, measure, problems);
  prediction.threshold_text = fmt::format("{} and {}", lower.text, upper.text);
  if (prediction.threshold >= prediction.upper_threshold) {
    problems.Add(
        node.at, "STUDY_RANGE",
        fmt::format("nothing lies between {} and {}", Shortened(lower.text), Shortened(upper.text)),
        "write the smaller one first");
  }
}

/// "0.6 ps/B", "1 ns/KiB", "10 us/tensor": a quantity of the measure per unit of size.
double ReadSlope(const YamlNode& node, const Hypothesis& hypothesis, const MeasureEntry& measure,
                 StudyProblems& problems) {
  const std::size_t stroke = node.text.rfind('/');
  const bool over_tensors = hypothesis.sweep && hypothesis.sweep->over == Sweep::Over::kTensors;
  const std::string hint = over_tensors ? "write slope: 10 us/tensor" : "write slope: 1 ns/KiB";
  if (node.kind != YamlNode::Kind::kText || stroke == std::string::npos) {
    problems.Add(node.at, "STUDY_UNIT", fmt::format("slope {} has no unit", Shortened(node.text)),
                 hint);
    return 0;
  }
  const std::string per = node.text.substr(stroke + 1);
  const auto grows = ParseQuantity(node.text.substr(0, stroke), QuantityOf(measure.kind), "slope");
  double unit = 1;
  if (!over_tensors) {
    const auto bytes = ParseQuantity("1 " + per, Quantity::kBytes, "slope");
    unit = bytes ? *bytes : 0;
  } else if (per != "tensor") {
    unit = 0;
  }
  if (!grows || *grows <= 0 || unit <= 0) {
    problems.Add(node.at, "STUDY_UNIT",
                 fmt::format("slope {} is not how {} may grow with size", Shortened(node.text),
                             measure.name),
                 hint);
    return 0;
  }
  return *grows / unit;
}

void ReadOrder(const YamlNode& node, const MapReader& map, const Hypothesis& hypothesis,
               const MeasureEntry& measure, double tolerance, Prediction& prediction,
               StudyProblems& problems) {
  prediction.order = ReadText(node, "order", problems);
  prediction.threshold = tolerance;
  if (const YamlNode* own = map.Find("tolerance")) {
    prediction.threshold = ReadTolerance(*own, problems);
  }
  prediction.threshold_text = prediction.order;
  if (const YamlNode* slope = map.Find("slope")) {
    prediction.slope = ReadSlope(*slope, hypothesis, measure, problems);
    prediction.slope_text = slope->text;
  }
  if (hypothesis.relative_to && hypothesis.relative_to->to != Relative::To::kSubject) {
    problems.Add(node.at, "STUDY_CONFLICT", "an order relative to payload or file",
                 "claim O(n) of the measure itself");
  }
}

void ReadHolds(const YamlNode& node, StudyProblems& problems) {
  if (node.kind == YamlNode::Kind::kBool && node.text == "true") return;
  problems.Add(node.at, "STUDY_TYPE", fmt::format("equals {}", Shortened(node.text)),
               "write equals: true");
}

}  // namespace

double ReadTolerance(const YamlNode& node, StudyProblems& problems) {
  const auto holds = [](double tolerance) { return tolerance > 0 && tolerance <= 1; };
  return ReadNumber(node, "tolerance", holds, "above 0 and at most 1", problems);
}

Prediction ReadPrediction(const YamlNode& node, const Hypothesis& hypothesis,
                          const MeasureEntry& measure, double tolerance, StudyProblems& problems) {
  const MapReader map(node, kPredictGrammar, problems);
  const Predicted predicted = FindKind(node, map, problems);
  Prediction prediction;
  prediction.kind = predicted.word.kind;
  if (predicted.node == nullptr) return prediction;
  const bool invariant = measure.kind == MeasureKind::kInvariant;
  if (invariant != (prediction.kind == Prediction::Kind::kHolds)) {
    problems.Add(predicted.node->at, "STUDY_CONFLICT",
                 fmt::format("{} cannot be \"{}\"", measure.name, predicted.word.key),
                 invariant ? "an invariant holds or does not: write equals: true"
                           : "it is a figure: write below, above, between or order");
    return prediction;
  }
  switch (prediction.kind) {
    case Prediction::Kind::kBelow:
    case Prediction::Kind::kAbove:
      prediction.threshold =
          ReadThreshold(*predicted.node, predicted.word.key, hypothesis, measure, problems);
      prediction.threshold_text = predicted.node->text;
      break;
    case Prediction::Kind::kBetween:
      ReadBetween(*predicted.node, hypothesis, measure, prediction, problems);
      break;
    case Prediction::Kind::kOrder:
      ReadOrder(*predicted.node, map, hypothesis, measure, tolerance, prediction, problems);
      break;
    case Prediction::Kind::kHolds:
      ReadHolds(*predicted.node, problems);
      break;
  }
  for (const std::string_view key : {"tolerance", "slope"}) {
    const YamlNode* const stray = map.Find(key);
    if (stray == nullptr || prediction.kind == Prediction::Kind::kOrder) continue;
    problems.Add(stray->at, "STUDY_CONFLICT", fmt::format("{} belongs to order", key));
  }
  if (const YamlNode* quantile = map.Find("quantile")) {
    const auto holds = [](double q) { return q > 0 && q < 1; };
    prediction.quantile = ReadNumber(*quantile, "quantile", holds, "between 0 and 1", problems);
    if (prediction.kind == Prediction::Kind::kOrder || invariant) {
      problems.Add(quantile->at, "STUDY_CONFLICT",
                   fmt::format("\"{}\" has no quantile", predicted.word.key));
    }
  }
  return prediction;
}

Sweep ReadSweep(const YamlNode& node, StudyProblems& problems) {
  constexpr double kMost = 0x1p53;
  const MapReader map(node, kSweepGrammar, problems);
  const YamlNode* const payload = map.Find("payload");
  const YamlNode* const tensors = map.Find("tensors");
  Sweep sweep;
  if ((payload == nullptr) == (tensors == nullptr)) {
    problems.Add(node.at, payload == nullptr ? "STUDY_MISSING" : "STUDY_CONFLICT",
                 "sweep takes one of \"payload\" and \"tensors\"");
    return sweep;
  }
  const YamlNode& list = payload != nullptr ? *payload : *tensors;
  sweep.over = payload != nullptr ? Sweep::Over::kPayload : Sweep::Over::kTensors;
  if (list.kind != YamlNode::Kind::kList) {
    problems.Add(list.at, "STUDY_TYPE", "sweep is over a list of sizes",
                 "write payload: [1 MiB, 16 MiB, 256 MiB]");
    return sweep;
  }
  for (const auto& item : list.items) {
    const double size = payload != nullptr
                            ? ReadQuantity(*item, Quantity::kBytes, "payload", problems)
                            : ReadQuantity(*item, Quantity::kCount, "tensors", problems);
    if (!(size >= 1 && size <= kMost) || std::floor(size) != size) {
      problems.Add(item->at, "STUDY_RANGE", fmt::format("size of {}", Shortened(item->text)),
                   "write a whole number, at least 1");
      return sweep;
    }
    sweep.sizes.push_back(static_cast<std::uint64_t>(size));
  }
  return sweep;
}

void CheckOrder(const YamlNode& predict, const Hypothesis& hypothesis, const Vocabulary& vocabulary,
                StudyProblems& problems) {
  const bool order = hypothesis.predict.kind == Prediction::Kind::kOrder;
  if (order && !hypothesis.sweep) {
    problems.Add(predict.at, "STUDY_MISSING", "an order needs \"sweep\"",
                 "add sweep: {payload: [1 MiB, 16 MiB, 256 MiB]}");
  } else if (!order && hypothesis.sweep) {
    problems.Add(predict.at, "STUDY_CONFLICT", "a sweep belongs to an order",
                 "write predict: {order: O(1)}, or leave sweep out");
  }
  if (!order || !hypothesis.sweep) return;
  const std::vector<double> sizes(hypothesis.sweep->sizes.begin(), hypothesis.sweep->sizes.end());
  const Result<void> sound = vocabulary.check_order(hypothesis.predict.order, sizes);
  if (sound) return;
  problems.Add(predict.at, "STUDY_ORDER", sound.error().what, sound.error().hint);
}

}  // namespace falsify::harness
