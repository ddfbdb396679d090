"""Reads every record's reports with the programs that they are made for, and holds what was read against record.json:
junitparser, Prometheus' OpenMetrics parser, Google Benchmark's compare.py and the csv module.

    machines.py FOLDER      FOLDER/RECORD/FORMAT/FILE
"""
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import junitparser
from prometheus_client.openmetrics import parser as openmetrics

COMPARE = "/usr/share/benchmark/compare.py"
ELEMENT_OF = {"FALSIFIED": junitparser.Failure, "INVALID": junitparser.Error, "ERROR": junitparser.Error,
              "INCONCLUSIVE": junitparser.Error}


def read(path):
    return path.read_bytes().decode("utf-8")


def verdicts(record):
    return collections.Counter(hypothesis["verdict"] for hypothesis in record["hypotheses"])


def junit(path, record, element_of):
    xml = junitparser.JUnitXml.fromfile(str(path))
    suites = list(xml)
    assert len(suites) == 1, "one suite"
    cases = list(suites[0])
    assert len(cases) == len(record["hypotheses"]), "a case per hypothesis"
    for case, hypothesis in zip(cases, record["hypotheses"]):
        expected = element_of.get(hypothesis["verdict"])
        found = [type(result) for result in case.result]
        assert found == ([expected] if expected else []), f"{hypothesis['verdict']} became {found}"
        if expected not in (None, junitparser.Skipped):
            assert case.result[0].type == hypothesis["verdict"]
    counted = (xml.tests, xml.failures, xml.errors, suites[0].skipped)
    xml.update_statistics()
    assert counted == (xml.tests, xml.failures, xml.errors, suites[0].skipped), "counts as the parser counts them"


def junit_strict(path, record):
    junit(path, record, ELEMENT_OF)


def junit_lenient(path, record):
    junit(path, record, ELEMENT_OF | {"INCONCLUSIVE": junitparser.Skipped})


def metrics(path, record):
    families = {family.name: family.samples for family in openmetrics.text_string_to_metric_families(read(path))}
    found = collections.Counter(sample.labels["verdict"] for sample in families["falsify_verdict"])
    assert found == verdicts(record), "the verdicts of the record"
    assert [sample.value for sample in families["falsify_exit_code"]] == [record["exit_code"]]


def trials(path, record):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert len(rows) == len(record["trials"]), "a row per trial"
    for row, trial in zip(rows, record["trials"]):
        assert None not in row and None not in row.values(), "as many cells as columns"
        assert row["outcome"] == trial["outcome"]
        for measure, value in trial["measures"].items():
            bound = isinstance(value, dict)  # {"at_least": ..}, which is no number
            assert row.get(measure, "") == "" if bound else float(row[measure]) == value, measure


def compared(one, other):
    """Pairs of rows that compare.py finds in two files, without its summary, and how many lines it prints."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        ran = subprocess.run([sys.executable, COMPARE, "--no-color", "-d", out.name, "benchmarks", one, other],
                             capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr.splitlines()[-1:]
        pairs = [pair for row in json.load(out) if row["run_type"] == "iteration" for pair in row["measurements"]]
    return pairs, len(ran.stdout.splitlines())


def benchmark(path, record):
    rows = json.loads(read(path))["benchmarks"]
    pairs, lines = compared(path, path)
    assert len(pairs) == len(rows), f"{len(pairs)} of {len(rows)} rows compared"
    assert lines >= len(rows) and all(pair["time"] == 0 == pair["cpu"] for pair in pairs)


READERS = {"junit": junit_strict, "junit-lenient": junit_lenient, "openmetrics": metrics, "csv": trials,
           "benchmark": benchmark}


def main():
    folder = pathlib.Path(sys.argv[1])
    found = collections.Counter()
    seen = collections.Counter()
    for path in sorted(folder.glob("*/*/*")):
        reader = READERS.get(path.parent.name)
        if reader is None:
            continue
        record = json.loads(read(path.parent.parent / "json" / "record.json"))
        try:
            reader(path, record)
        except Exception as why:
            sys.exit(f"{path}: {why!r}")
        found[path.parent.name] += 1
        seen += verdicts(record)
    if set(found) != set(READERS) or set(seen) != {"PASS", *ELEMENT_OF}:
        sys.exit(f"{folder}: formats {sorted(found)} and verdicts {sorted(seen)} are not all there are")

    # Two records that share names: of both there have to be rows, and a difference.
    with_rows = [path for path in sorted(folder.glob("*/benchmark/*")) if json.loads(read(path))["benchmarks"]]
    both = [pairs for one in with_rows for other in with_rows if one < other for pairs, _ in [compared(one, other)] if pairs]
    if not both:
        sys.exit(f"{COMPARE}: no two records have a row in common")
    print(f"consumers: {sum(found.values())} files of {len(found)} formats say what their record says;",
          f"compare.py sees {sum(map(len, both))} rows in {len(both)} pairs of records")


main()
