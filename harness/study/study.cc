#include "harness/study/study.h"

#include <algorithm>

namespace falsify::harness {
namespace {

template <class T>
const T* FindByName(const std::vector<T>& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &T::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::string_view Name(Cache cache) {
  switch (cache) {
    case Cache::kWarm:
      return "warm";
    case Cache::kCold:
      return "cold";
  }
  return "";
}

std::string_view Name(Sandbox sandbox) {
  switch (sandbox) {
    case Sandbox::kContain:
      return "contain";
    case Sandbox::kStrict:
      return "strict";
    case Sandbox::kRequired:
      return "required";
  }
  return "";
}

std::string_view Name(Mode mode) {
  switch (mode) {
    case Mode::kOneShot:
      return "one_shot";
    case Mode::kSteady:
      return "steady";
  }
  return "";
}

std::string_view Name(Precision precision) {
  switch (precision) {
    case Precision::kMatched:
      return "matched";
    case Precision::kSameWidth:
      return "same_width";
    case Precision::kAny:
      return "any";
  }
  return "";
}

const ModelSpec* Study::FindModel(std::string_view name) const { return FindByName(models, name); }

const SubjectSpec* Study::FindSubject(std::string_view name) const {
  return FindByName(subjects, name);
}

int Study::leaves() const {
  return static_cast<int>(std::ranges::count_if(
      hypotheses, [](const Hypothesis& hypothesis) { return !hypothesis.is_compound(); }));
}

}  // namespace falsify::harness
