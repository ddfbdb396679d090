#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/record.h"
#include "loaders/error.h"

namespace falsify::harness {

/// SHA-256 of a regular file, 64 lower-case hexadecimal digits, read piece by piece.
/// Errors: EVIDENCE_READ (errno named).
Result<std::string> Sha256OfFile(const std::string& path);

/// What ties a record to what it came from: the journal's last line, whose SHA-256 stands on all
/// lines before it, the binary, and every model file, read whole. Outside of anything timed.
/// Errors: EVIDENCE_READ.
Result<EvidenceRecord> GatherEvidence(const Record& record, const std::string& journal_head);

/// One thing that was compared.
struct EvidenceCheck {
  std::string what;     ///< "journal.jsonl"
  std::string problem;  ///< empty: it is what the record says; else where it first differs
};

struct EvidenceFiles {
  std::string record;   ///< path of record.json; journal and report lie beside it
  bool models = false;  ///< read the model files too, gigabytes of them
};

/// Compares a record with what it belongs to: its own text, the journal beside it, line by line and
/// trial by trial, the study file where it still lies, and on request the models. Nothing is
/// changed. The report is the caller's to compare: it is rendered elsewhere.
/// Errors: EVIDENCE_READ, RECORD_*; EVIDENCE_MISSING (the run was made without --evidence).
Result<std::vector<EvidenceCheck>> CheckEvidence(const EvidenceFiles& files);

/// "byte 17 (line 1)", where two texts first differ; empty if they do not.
std::string FirstDifference(std::string_view one, std::string_view other);

}  // namespace falsify::harness
