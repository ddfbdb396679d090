"""Reads what the renderers wrote with parsers that are not ours: consumers_check.py FOLDER.

FOLDER/RECORD/FILE: every format of every example record, the hostile one among them.
"""
import base64
import csv
import hashlib
import html.parser
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


class Page(html.parser.HTMLParser):
    """What would act on a reader: elements, handlers and addresses."""

    VOID = {"meta", "br", "hr", "img", "link", "input"}

    def __init__(self):
        super().__init__()
        self.open = []
        self.elements = []
        self.policy = ""

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attributes:
            assert not name.startswith("on"), name
            assert name not in ("src", "srcdoc", "action", "formaction"), name
            assert name != "href" or value.startswith("#"), value
            if name == "content" and value and value.startswith("default-src"):
                self.policy = value

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open and self.open[-1] == tag, (tag, self.open[-3:])
            self.open.pop()


def page(text):
    found = Page()
    found.feed(text)
    found.close()
    assert not found.open, found.open
    names = [tag for tag, _ in found.elements]
    assert names.count("script") == 3 and names.count("style") == 1 and names.count("h1") == 1
    assert not set(names) & {"iframe", "object", "embed", "img", "link", "form", "base", "svg"}
    data = re.search(r'<script type="application/json" id="chart-data">(.*?)</script>', text, re.S)
    charts = read_json(data.group(1))
    assert names.count("canvas") == len(charts)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    for script in scripts + re.findall(r"<style>(.*?)</style>", text, re.S):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in found.policy, "a script that the policy does not know"


READERS = {"report.html": page, "junit.xml": junit, "report.sarif": read_json, "benchmark.json": read_json,
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
