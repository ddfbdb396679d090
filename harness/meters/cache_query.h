#pragma once

#include <string>

#include "harness/meters/file_descriptor.h"
#include "harness/meters/page_cache.h"
#include "loaders/error.h"

namespace falsify::harness {

/// As the functions of page_cache.h, for a file that is open already; `path` names it in errors.
Result<CacheState> QueryCache(const RegularFile& file, const std::string& path);
Result<CacheState> QueryCacheBy(CacheMethod method, const RegularFile& file,
                                const std::string& path);

}  // namespace falsify::harness
