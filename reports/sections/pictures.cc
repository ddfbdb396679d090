#include "fmt/format.h"
#include "reports/charts/gnuplot.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"

namespace falsify::reports {

void AddPictures(const harness::Record& record, Document& document) {
  document.Heading(2, "Pictures");
  if (record.pictures.empty()) {
    document.Paragraph(
        "None: gnuplot was not there to draw them. The tables hold their figures; so does the HTML "
        "report, with charts.");
    return;
  }
  for (const Picture& picture : Pictures(record)) {
    for (const std::string& drawn : record.pictures) {
      if (drawn != picture.file) continue;
      document.Paragraph(
          fmt::format("![{}]({})", Prose(picture.chart["title"].get<std::string>()), picture.file));
    }
  }
}

}  // namespace falsify::reports
