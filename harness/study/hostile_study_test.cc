#include <cstddef>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "harness/study/read_study.h"
#include "harness/study/study_cases.h"

namespace falsify::harness {
namespace {

constexpr int kRounds = 20'000;

// Reading must end without a crash; what it says must be one printable line with a stable code.
void ExpectAStudyOrOneLine(const std::string& text) {
  const Result<Study> study = ParseStudy(text, "s.yaml", TestVocabulary());
  if (study) {
    ASSERT_FALSE(study->hypotheses.empty()) << text;
    return;
  }
  const Error& error = study.error();
  ASSERT_TRUE(error.code.starts_with("STUDY_")) << error.code;
  ASSERT_TRUE(error.where.starts_with("s.yaml")) << error.where;
  ASSERT_FALSE(error.what.empty()) << error.code;
  ASSERT_EQ(error.Line().find('\n'), std::string::npos) << error.Line();
}

TEST(HostileStudy, SurvivesFlippedBytes) {
  std::mt19937 random(1);
  const std::string_view valid = ValidStudyText();
  std::uniform_int_distribution<std::size_t> place(0, valid.size() - 1);
  std::uniform_int_distribution<int> byte(0, 255);
  std::uniform_int_distribution<int> flips(1, 4);
  for (int round = 0; round < kRounds; ++round) {
    std::string text(valid);
    for (int flip = flips(random); flip > 0; --flip) {
      text[place(random)] = static_cast<char>(byte(random));
    }
    ASSERT_NO_FATAL_FAILURE(ExpectAStudyOrOneLine(text)) << "round " << round;
  }
}

// Random bytes die in the UTF-8 check; YAML's own punctuation reaches the parser and the grammar.
TEST(HostileStudy, SurvivesStrayPunctuation) {
  std::mt19937 random(2);
  constexpr std::string_view kPunctuation = "{}[]:,-?&*!|>'\"%@`#~<= \n\t\r\\x0";
  const std::string_view valid = ValidStudyText();
  std::uniform_int_distribution<std::size_t> place(0, valid.size() - 1);
  std::uniform_int_distribution<std::size_t> mark(0, kPunctuation.size() - 1);
  std::uniform_int_distribution<std::size_t> width(0, 3);
  for (int round = 0; round < kRounds; ++round) {
    std::string text(valid);
    const std::string stray(width(random), kPunctuation[mark(random)]);
    text.replace(place(random), width(random), stray);
    ASSERT_NO_FATAL_FAILURE(ExpectAStudyOrOneLine(text)) << "round " << round << "\n" << text;
  }
}

TEST(HostileStudy, SurvivesBeingCutAnywhere) {
  for (std::size_t bytes = 0; bytes < ValidStudyText().size(); ++bytes) {
    const std::string cut(ValidStudyText().substr(0, bytes));
    ASSERT_NO_FATAL_FAILURE(ExpectAStudyOrOneLine(cut)) << bytes << " bytes";
  }
}

}  // namespace
}  // namespace falsify::harness
