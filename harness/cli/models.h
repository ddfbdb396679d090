#pragma once

#include <string>

#include "harness/study/read_study.h"
#include "harness/subjects.h"

namespace falsify::cli {

/// `--cache-dir`, else $XDG_CACHE_HOME/falsify, else $HOME/.cache/falsify.
std::string CacheDirectory(const std::string& given);

/// Finds a model's file, generating it into the cache where the study says so. A given path has to
/// exist. Says on stderr what it generates and how fast that went.
harness::ResolveModel ModelResolver(const std::string& cache_directory, unsigned threads);

/// The words a study file may use that only this binary as a whole knows.
harness::Vocabulary StudyVocabulary();

}  // namespace falsify::cli
