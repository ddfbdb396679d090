#pragma once

namespace falsify::cli {

/// True where a line on stderr may be rewritten in place: a terminal, and no CI.
bool MayRewriteLines();

}  // namespace falsify::cli
