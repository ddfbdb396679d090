include(GoogleTest)

# Our warnings and sanitizers, for our own code only.
add_library(falsify_options INTERFACE)
target_include_directories(falsify_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(falsify_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wnull-dereference -Wimplicit-fallthrough
  $<$<BOOL:${FALSIFY_WERROR}>:-Werror>)
# GCC 12 reports false null dereferences and overlaps from inlined library code (GCC bug 105651).
target_compile_options(falsify_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-null-dereference;-Wno-restrict>)
if(FALSIFY_SANITIZE)
  target_compile_options(falsify_options INTERFACE
    -fsanitize=${FALSIFY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(falsify_options INTERFACE -fsanitize=${FALSIFY_SANITIZE})
endif()

# With FALSIFY_FUZZ (clang) all of our code reports to libFuzzer what it covers.
if(FALSIFY_FUZZ)
  target_compile_options(falsify_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# falsify_component(NAME SOURCES .. HEADERS .. TESTS .. BENCHES .. FUZZERS .. USES .. TEST_USES .. [LABEL ..])
#
# One folder, one library `falsify_NAME`, one test binary `NAME_test`, one benchmark binary
# `NAME_bench`. Tests are discovered as `NAME/Suite.Test`, labelled LABEL (`unit`), or `large` where the
# suite's name ends in `Large`, or `calibration` where it holds `Calibration`. Every header is also
# compiled alone. Each of FUZZERS, `x_fuzz.cc`, is a libFuzzer binary `x_fuzz` where FALSIFY_FUZZ is set.
function(falsify_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL" "SOURCES;HEADERS;TESTS;BENCHES;FUZZERS;USES;TEST_USES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "falsify_component(${name}): unknown ${arg_UNPARSED_ARGUMENTS}")
  endif()

  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()

  if(arg_SOURCES)
    add_library(falsify_${name} STATIC ${arg_SOURCES})
    target_link_libraries(falsify_${name} PUBLIC falsify_options ${arg_USES})
  else()
    add_library(falsify_${name} INTERFACE)
    target_link_libraries(falsify_${name} INTERFACE falsify_options ${arg_USES})
  endif()

  set(alone)
  foreach(header IN LISTS arg_HEADERS)
    string(MAKE_C_IDENTIFIER "${header}" stem)
    set(surrogate "${CMAKE_CURRENT_BINARY_DIR}/alone/${stem}.cc")
    file(RELATIVE_PATH relative "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/${header}")
    file(CONFIGURE OUTPUT "${surrogate}" CONTENT "#include \"${relative}\"\n")
    list(APPEND alone "${surrogate}")
  endforeach()
  if(alone)
    add_library(falsify_${name}_headers OBJECT ${alone})
    target_link_libraries(falsify_${name}_headers PRIVATE falsify_${name})
    target_compile_options(falsify_${name}_headers PRIVATE -O0 -g0)  # only whether they compile
  endif()

  if(arg_TESTS AND BUILD_TESTING)
    add_executable(${name}_test ${arg_TESTS})
    target_link_libraries(${name}_test
      PRIVATE falsify_${name} ${arg_TEST_USES} GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" NO_PRETTY_VALUES TEST_FILTER "-*Large.*:*Calibration*"
      DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${arg_LABEL} TIMEOUT 300)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" NO_PRETTY_VALUES TEST_FILTER "*Large.*"
      TEST_LIST ${name}_large
      DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST PROPERTIES LABELS large TIMEOUT 1800)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" NO_PRETTY_VALUES TEST_FILTER "*Calibration*"
      TEST_LIST ${name}_calibration
      DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST PROPERTIES LABELS calibration TIMEOUT 300)
  endif()

  if(FALSIFY_FUZZ)
    foreach(source IN LISTS arg_FUZZERS)
      cmake_path(GET source STEM fuzzer)
      add_executable(${fuzzer} ${source})
      target_link_libraries(${fuzzer} PRIVATE falsify_${name})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()

  if(arg_BENCHES)
    add_executable(${name}_bench ${arg_BENCHES})
    target_link_libraries(${name}_bench PRIVATE falsify_${name} ${arg_TEST_USES}
      benchmark::benchmark)
  endif()
endfunction()
