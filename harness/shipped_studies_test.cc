#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "criteria/order.h"
#include "harness/scripted_run.h"
#include "harness/study/read_study.h"
#include "loaders/loader.h"

/// Every claim of every shipped study, with a subject that violates it by a known factor: by half
/// it never escapes, by a twentieth it is never reported as PASS.
namespace falsify::harness {
namespace {

using criteria::Verdict;

constexpr std::string_view kStudies[] = {"t-qa-019b", "t-qa-020", "t-qa-022", "shimmy-scaling",
                                         "weights-used"};
constexpr double kBytes = 1e6;

Vocabulary Words() {
  Vocabulary words;
  for (const loaders::LoaderEntry& entry : loaders::Loaders()) {
    words.loaders.push_back({entry.name, entry.options});
  }
  words.shapes = {"tiny", "qwen2.5-0.5b", "qwen2.5-1.5b"};
  words.check_order = [](std::string_view text, std::span<const double> sizes) {
    const auto order = criteria::ParseOrder(text);
    return order ? criteria::CheckSizes(*order, sizes) : Result<void>(Fail(order.error()));
  };
  return words;
}

/// The study with every model a path, so that nothing is generated.
Study Shipped(std::string_view name) {
  const std::string path =
      std::string(FALSIFY_SOURCE_DIR "/fixtures/studies/") + std::string(name) + ".yaml";
  Result<Study> study = ReadStudy(path, Words());
  if (!study) {
    ADD_FAILURE() << study.error().Line();
    return {};
  }
  for (ModelSpec& model : study->models) model.origin = "/" + model.name;
  for (Hypothesis& hypothesis : study->hypotheses) hypothesis.watch_seconds = 0;
  return std::move(*study);
}

bool IsOf(const TrialSpec& spec, const Study& study, const std::string& subject) {
  const SubjectSpec* found = study.FindSubject(subject);
  const std::string model = spec.model_path.substr(0, spec.model_path.find('@'));
  return found != nullptr && spec.loader == found->loader && model == "/" + found->model;
}

/// Within 1 % of 1.
double Wobble(std::uint64_t number) {
  return 1 + 0.01 * std::sin(static_cast<double>(number) * 12.9898);
}

/// The invariant broken if `factor` is above 1.
void Answer(double factor, Observation& seen) {
  const bool broken = factor > 1;
  seen.digests = {{"payload", broken ? "other" : "digest"}, {"first_token", broken ? "18" : "17"}};
  seen.measures["tensors_disturbed"] = 9;
  seen.measures["tensors_ignored"] = broken ? 1 : 0;
  seen.measures["malformed_files"] = 70;
  seen.measures["malformed_refused"] = broken ? 69 : 70;
  seen.measures["alignment"] = broken ? 1 : 4096;
  seen.series = {{"rss", {}}, {"descriptors", {}}};
  for (int cycle = 0; cycle < 12; ++cycle) {
    seen.series["rss"].push_back(5e6 + (broken ? 8192.0 * cycle : 0));
    seen.series["descriptors"].push_back(4);
  }
}

double Exponent(const Hypothesis& h, double factor) {
  // Of sabotage by half the statistics say: half an exponent beyond the tolerance.
  return factor >= 1.5 ? h.predict.threshold + 0.5 : h.predict.threshold * factor;
}

double ValueAt(const TrialSpec& spec, const Hypothesis& h, double factor) {
  if (h.predict.kind == Prediction::Kind::kOrder) {
    const double size = std::stod(spec.model_path.substr(spec.model_path.find('@') + 1));
    const auto order = criteria::ParseOrder(h.predict.order);
    const auto first = static_cast<double>(h.sweep->sizes.front());
    const double growth = criteria::LogOf(*order, size) - criteria::LogOf(*order, first);
    return 1e-3 * std::exp(growth + Exponent(h, factor) * std::log(size / first));
  }
  const bool bytes = h.relative_to && h.relative_to->to != Relative::To::kSubject;
  return h.predict.threshold * factor * (bytes ? kBytes : 1);
}

class ShippedStudiesTest : public ScriptedRun {
 protected:
  /// What the claim came to, its subject violating it by `factor`.
  Verdict Judge(const Study& study, const Hypothesis& h, double factor, std::uint64_t seed) {
    runner.payload_bytes = static_cast<std::uint64_t>(kBytes);
    runner.trial = [&](const TrialSpec& spec) {
      const bool own = IsOf(spec, study, h.subject);
      const bool control = h.control && IsOf(spec, study, *h.control);
      const double by = control ? 3 * factor : factor;
      Observation seen;
      if (h.predict.kind == Prediction::Kind::kHolds) {
        Answer(own || control ? by : 0, seen);
      } else {
        seen.measures = {{"bytes_read", 2e4}, {"resident_after_load", 0}, {"minor_faults", 50}};
        const double value = own || control ? ValueAt(spec, h, by) : 1.0;
        seen.measures[h.measure] = value * Wobble(spec.number + seed * 1000);
      }
      seen.measures["storage_bytes"] = kBytes;
      seen.wall_seconds = 0.01;
      return seen;
    };
    const Result<Record> record = Run(study, {.seed = seed, .only = {h.id}});
    if (!record) {
      ADD_FAILURE() << h.id << ": " << record.error().Line();
      return Verdict::kPass;
    }
    return record->hypotheses.front().verdict;
  }
};

TEST_F(ShippedStudiesTest, NoSabotageByHalfEscapesAndNoneByATwentiethPasses) {
  int by_half = 0;
  for (const std::string_view name : kStudies) {
    const Study study = Shipped(name);
    for (const Hypothesis& h : study.hypotheses) {
      if (h.is_compound()) continue;
      for (std::uint64_t seed = 1; seed <= 6; ++seed, ++by_half) {
        EXPECT_EQ(Judge(study, h, 1.5, seed), Verdict::kFalsified) << name << " " << h.id;
      }
      EXPECT_NE(Judge(study, h, 1.05, 7), Verdict::kPass) << name << " " << h.id;
    }
  }
  EXPECT_GE(by_half, 200);
}

TEST_F(ShippedStudiesTest, ASubjectWellWithinItsClaimsPassesThemAll) {
  for (const std::string_view name : kStudies) {
    const Study study = Shipped(name);
    for (const Hypothesis& h : study.hypotheses) {
      if (h.is_compound()) continue;
      const double factor = h.predict.kind == Prediction::Kind::kOrder ? -0.1 : 0.5;
      EXPECT_EQ(Judge(study, h, factor, 1), Verdict::kPass) << name << " " << h.id;
    }
  }
}

}  // namespace
}  // namespace falsify::harness
