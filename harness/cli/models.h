#pragma once

#include <string>

#include "fixtures/generate.h"
#include "harness/study/read_study.h"
#include "harness/subjects.h"

namespace falsify::cli {

/// `--cache-dir`, else $XDG_CACHE_HOME/falsify, else $HOME/.cache/falsify.
std::string CacheDirectory(const std::string& given);

/// What `generate:` asks of the generator. Errors: FIXTURE_DTYPE, with `where`.
Result<fixtures::GenerateRequest> RequestOf(const harness::GenerateSpec& spec,
                                            const std::string& where, unsigned threads);

/// The same model in the size of one point of a sweep.
harness::GenerateSpec Sized(harness::GenerateSpec spec, const harness::ModelSize& size);

/// Finds a model's file, generating or converting it into the cache where the study says so. A
/// given path has to exist. Says on stderr what it writes and how fast that went. `study` outlives
/// what is returned.
harness::ResolveModel ModelResolver(const harness::Study& study, const std::string& cache_directory,
                                    unsigned threads);

/// Writes the malformed models of a format into the cache.
harness::ResolveMalformed MalformedResolver(const std::string& cache_directory);

/// The words a study file may use that only this binary as a whole knows.
harness::Vocabulary StudyVocabulary();

}  // namespace falsify::cli
