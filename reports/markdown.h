#pragma once

#include <string>

#include "harness/record.h"

namespace falsify::reports {

/// Renders the auditor's report as GitHub-flavoured Markdown: verdict first, then each hypothesis
/// with its evidence, memory, root cause, validity, and how to reproduce it all. Pure: the same
/// record gives the same bytes. It decides nothing; it states missing data as missing. No foreign
/// text can break a table or act on the reader.
std::string RenderMarkdown(const harness::Record& record);

/// The same without the pictures beside it, for a page that brings charts of its own.
std::string RenderMarkdownAlone(const harness::Record& record);

}  // namespace falsify::reports
