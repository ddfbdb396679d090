#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "fmt/format.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using harness::Record;

namespace {

std::string CountOrMissing(std::uint64_t count) { return count == 0 ? "" : Count(count); }

std::string BytesOrMissing(std::uint64_t bytes) {
  return bytes == 0 ? "" : Quantity(static_cast<double>(bytes), "B");
}

Table Models(const Record& record) {
  constexpr Align kRight = Align::kRight;
  Table table({{"subject"},
               {"model"},
               {"from"},
               {"architecture"},
               {"tensors", kRight},
               {"elements", kRight},
               {"payload", kRight},
               {"payload digest"}});
  for (const harness::SubjectRecord& subject : record.subjects) {
    const harness::ModelRecord& model = subject.model;
    table.Row({Code(subject.name), Code(model.name),
               model.generated.empty() ? "given: " + Code(model.path)
                                       : "generated: " + Prose(model.generated),
               model.architecture.empty() ? "" : Prose(model.architecture),
               CountOrMissing(model.tensors), CountOrMissing(model.elements),
               BytesOrMissing(model.payload_bytes),
               model.payload_digest.empty() ? "" : Code(model.payload_digest)});
  }
  return table;
}

// A whole number of bytes under a name that says so gets its unit.
std::string Property(const std::string& name, const std::string& value) {
  const bool named = name.ends_with("_bytes");
  std::uint64_t bytes = 0;
  const char* const end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, bytes);
  if (!named || error != std::errc() || stopped != end) return value.empty() ? "" : Prose(value);
  return fmt::format("{} B ({})", Count(bytes), Quantity(static_cast<double>(bytes), "B"));
}

Table Host(const Record& record) {
  Table table({{"property"}, {"value"}});
  for (const auto& [name, value] : record.environment) {
    table.Row({Prose(name), Property(name, value)});
  }
  return table;
}

Table Limits(const Record& record) {
  Table table({{"limit"}, {"measured", Align::kRight}, {"what it is"}});
  for (const harness::LimitRecord& limit : record.limits) {
    table.Row({Code(limit.name), Quantity(limit.value, limit.unit),
               limit.definition.empty() ? "" : Prose(limit.definition)});
  }
  return table;
}

void AddOrSay(const Table& table, std::string_view missing, Document& document) {
  if (table.empty()) {
    document.Paragraph(missing);
  } else {
    document.Add(table);
  }
}

}  // namespace

void AddEnvironment(const Record& record, Document& document) {
  document.Heading(2, "Environment");
  document.Heading(3, "Models");
  AddOrSay(Models(record), "The record holds no subject.", document);
  document.Heading(3, "Host");
  AddOrSay(Host(record), "The record does not describe the host.", document);
  document.Heading(3, "Limits of this host, measured during the run");
  AddOrSay(Limits(record), "None was measured.", document);
}

}  // namespace falsify::reports
