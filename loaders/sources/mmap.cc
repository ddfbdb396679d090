#include "loaders/sources/mmap.h"

#include "loaders/sources/mapped_source.h"

namespace falsify::loaders {

Result<std::unique_ptr<Source>> OpenMmap(const std::string& path, const SourceOptions&) {
  return MappedSource::Open(path);
}

}  // namespace falsify::loaders
