# cmake -DOUT=assets.cc -DCHART_JS=.. -DCHARTS_JS=.. -DCSS=.. -P EmbedAssets.cmake
# Writes the files as byte arrays, since no compiler has to take string literals of their length.
function(bytes_of name path out)
  file(READ "${path}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" lines "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${lines}")
  set(${out} "const unsigned char ${name}Bytes[] = {\n${bytes}};\nconst std::string_view ${name}(reinterpret_cast<const char*>(${name}Bytes), ${size});\n\n" PARENT_SCOPE)
endfunction()

bytes_of(kChartJs "${CHART_JS}" chart_js)
bytes_of(kChartsJs "${CHARTS_JS}" charts_js)
bytes_of(kReportCss "${CSS}" css)
file(WRITE "${OUT}" "#include \"reports/charts/assets.h\"\n\nnamespace falsify::reports {\n\n${chart_js}${charts_js}${css}}  // namespace falsify::reports\n")
