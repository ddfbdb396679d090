#include "harness/evidence.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <utility>

#include "fmt/format.h"
#include "harness/durable_file.h"
#include "harness/journal.h"
#include "harness/read_record.h"
#include "openssl/evp.h"

namespace falsify::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = std::size_t{1} << 20;

/// What a journal line and a record say of one trial; what is only known at the end of a run, the
/// record's alone, is left out.
nlohmann::json AsMeasured(TrialRecord trial) {
  trial.hypotheses.clear();
  trial.slowdown = 1;
  trial.disturbed = false;
  trial.started_seconds = 0;
  return ToJson(trial);
}

std::string CompareTrial(const TrialRecord& trial,
                         const std::map<std::uint64_t, TrialRecord>& kept) {
  const auto found = kept.find(trial.number);
  if (found == kept.end()) return fmt::format("trial {} is not in the journal", trial.number);
  const nlohmann::json here = AsMeasured(trial);
  const nlohmann::json there = AsMeasured(found->second);
  for (const auto& [field, value] : here.items()) {
    if (there.contains(field) && there[field] == value) continue;
    return fmt::format("trial {}: {} is {:.80}, in the journal {:.80}", trial.number, field,
                       value.dump(), there.contains(field) ? there[field].dump() : "missing");
  }
  return {};
}

std::string CompareTrials(const Record& record, const std::vector<JournalEntry>& entries) {
  std::map<std::uint64_t, TrialRecord> kept;
  for (const JournalEntry& entry : entries) {
    if (entry.kind != "trial" || !entry.data.contains("result")) continue;
    Result<TrialRecord> trial = TrialRecordFromJson(entry.data["result"]);
    if (!trial) return trial.error().Line();
    kept[trial->number] = std::move(*trial);
  }
  for (const TrialRecord& trial : record.trials) {
    std::string problem = CompareTrial(trial, kept);
    if (!problem.empty()) return problem;
  }
  return {};
}

std::string CompareHead(const Record& record, const std::vector<JournalEntry>& entries) {
  if (entries.empty() || entries.front().kind != "head") return "its first line is no head";
  const nlohmann::json identity = entries.front().data.value("identity", nlohmann::json::object());
  const nlohmann::json result = entries.front().data.value("result", nlohmann::json::object());
  if (identity.value("study_sha256", "") != record.study_sha256) return "it is of another study";
  if (identity.value("binary_sha256", "") != record.evidence->binary_sha256) {
    return "it was written by another binary";
  }
  return result.value("seed", std::uint64_t{0}) == record.seed ? "" : "it has another seed";
}

EvidenceCheck CheckJournal(const std::string& path, const Record& record) {
  EvidenceCheck check = {path, {}};
  std::string head;
  const Result<std::vector<JournalEntry>> entries = Journal::Read(path, head);
  if (!entries) {
    check.problem = entries.error().Line();
  } else if (head != record.evidence->journal_head) {
    check.problem = fmt::format("its last line has SHA-256 {}, the record says {}", head,
                                record.evidence->journal_head);
  } else {
    check.problem = CompareHead(record, *entries);
    if (check.problem.empty()) check.problem = CompareTrials(record, *entries);
  }
  return check;
}

EvidenceCheck CheckFile(const std::string& path, const std::string& expected) {
  const Result<std::string> found = Sha256OfFile(path);
  if (!found) return {path, found.error().Line()};
  if (*found == expected) return {path, {}};
  return {path, fmt::format("its SHA-256 is {}, the record says {}", *found, expected)};
}

}  // namespace

Result<std::string> Sha256OfFile(const std::string& path) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  std::ifstream file(path, std::ios::binary);
  if (!file || !fs::is_regular_file(path)) {
    return Fail({"EVIDENCE_READ", path, "is no file that can be read", {}});
  }
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::vector<char> piece(kPiece);
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return Fail(SystemError("EVIDENCE_READ", path, "read", errno));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

Result<EvidenceRecord> GatherEvidence(const Record& record, const std::string& journal_head) {
  EvidenceRecord evidence;
  evidence.journal_head = journal_head;
  Result<std::string> binary = Sha256OfFile("/proc/self/exe");
  if (!binary) return Fail(std::move(binary.error()));
  evidence.binary_sha256 = std::move(*binary);
  for (const SubjectRecord& subject : record.subjects) {
    for (const std::string& file : subject.model.files) {
      if (evidence.models.contains(file)) continue;
      Result<std::string> digest = Sha256OfFile(file);
      if (!digest) return Fail(std::move(digest.error()));
      evidence.models[file] = std::move(*digest);
    }
  }
  return evidence;
}

std::string FirstDifference(std::string_view one, std::string_view other) {
  const auto [here, there] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  if (here == one.end() && there == other.end()) return {};
  return fmt::format("byte {} (line {})", here - one.begin(),
                     1 + std::count(one.begin(), here, '\n'));
}

Result<std::vector<EvidenceCheck>> CheckEvidence(const EvidenceFiles& files) {
  const Result<RecordFile> parsed = ReadRecordFile(files.record);
  if (!parsed) return Fail(parsed.error());
  const Record& record = parsed->record;
  if (!record.evidence) {
    return Fail({"EVIDENCE_MISSING", files.record, "the run was made without --evidence", {}});
  }
  std::vector<EvidenceCheck> checks;
  const std::string at = FirstDifference(parsed->text, RecordText(record));
  checks.push_back(
      {files.record, at.empty() ? "" : "is not as it was written, from " + at + " on"});
  const fs::path folder = fs::path(files.record).parent_path();
  checks.push_back(CheckJournal((folder / "journal.jsonl").string(), record));
  checks.push_back(CheckFile(record.study_path, record.study_sha256));
  if (!files.models) return checks;
  for (const auto& [path, digest] : record.evidence->models) {
    checks.push_back(CheckFile(path, digest));
  }
  return checks;
}

}  // namespace falsify::harness
