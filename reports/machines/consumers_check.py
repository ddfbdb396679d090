"""Reads what the renderers wrote with parsers that are not ours: consumers_check.py FOLDER.

FOLDER/RECORD/FILE: every format of every example record, the hostile one among them.
"""
import csv
import io
import json
import pathlib
import re
import sys
import xml.etree.ElementTree

METRIC = re.compile(r'^[a-z_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\} -?[0-9.e+-]+$')
VERDICT = re.compile(r"^(PASS|FALSIFIED|INCONCLUSIVE|INVALID|ERROR): ")


def no_constant(name):
    raise AssertionError(f"{name} is not JSON")


def read_json(text):
    return json.loads(text, parse_constant=no_constant)


def junit(text):
    root = xml.etree.ElementTree.fromstring(text)
    suite = root.find("testsuite")
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases) == int(root.get("tests"))
    for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert int(suite.get(attribute)) == sum(1 for case in cases if case.find(kind) is not None)
    for case in cases:
        assert len([e for e in case if e.tag in ("failure", "error", "skipped")]) <= 1
        assert float(case.get("time")) >= 0 and case.get("name") and case.get("classname")


def trials(text):
    rows = list(csv.reader(io.StringIO(text, newline="")))
    for row in rows:
        assert len(row) == len(rows[0]), row
        for cell in row:
            if cell[:1] in "=+-@" and cell:
                float(cell)  # a number may begin so, a text may not


def metrics(text):
    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    for line in lines[:-1]:
        assert line.startswith(("# TYPE ", "# HELP ")) or METRIC.match(line), line


def github(text):
    for line in text.splitlines():
        assert line.startswith(("::error", "::warning")) or VERDICT.match(line), line


READERS = {"junit.xml": junit, "report.sarif": read_json, "benchmark.json": read_json,
           "hyperfine.json": read_json, "trials.csv": trials, "metrics.txt": metrics,
           "bencher.json": read_json, "smaller-is-better.json": read_json,
           "bigger-is-better.json": read_json, "github.txt": github, "record.json": read_json}


def main():
    read = 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*/*/*")):
        reader = READERS.get(path.name)
        if reader is None:
            continue
        try:
            reader(path.read_bytes().decode("utf-8"))
        except Exception as why:
            sys.exit(f"{path}: {why!r}")
        read += 1
    if read < 100:
        sys.exit(f"only {read} files were there to be read")
    print(f"{read} files read")


main()
