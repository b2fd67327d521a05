#!/usr/bin/env python3
"""test/report/schema_test.py [build/wsdx]: every JSON report is what doc/schema/check-1.json promises, the schema refuses
what it should, and every JUnit report is XML with counts that add up."""
import copy
import glob
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as xml

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WSDX = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build/wsdx"))
# the unit test of the formats also prints one: CASE FORM
SHOW = os.path.join(os.path.dirname(WSDX), "test/unit_report_golden")
CASES = sorted(os.path.basename(p)[:-6] for p in glob.glob(ROOT + "/test/unit/report/cases/*.jsonl"))

with open(ROOT + "/doc/schema/check-1.json", encoding="utf-8") as file:
    SCHEMA = json.load(file)
Validator = jsonschema.validators.validator_for(SCHEMA)
Validator.check_schema(SCHEMA)
validator = Validator(SCHEMA)


def show(case, form):
    return subprocess.run([SHOW, case, form], check=True, capture_output=True, timeout=30).stdout


def check_json(case):
    text = show(case, "json")
    assert text.endswith(b"}\n") and text.count(b"\n") == 1, "one document, one line"
    document = json.loads(text.decode("utf-8"))
    validator.validate(document)
    validator.validate(json.loads(show(case, "json-checklist")))
    with open(f"{ROOT}/test/unit/report/cases/{case}.jsonl", encoding="utf-8") as journal:
        lines = sum(1 for _ in journal) - 1
    for finding in document["findings"]:
        for evidence in finding["evidence"]:
            assert evidence["obs"] <= lines, "evidence names an observation that is not there"
    if document["cause"] is not None:
        assert document["findings"][0]["id"] == document["cause"], "the root comes first"
    return document


def check_saved_runs():
    """The recorded runs, judged by the real catalogue, through the command."""
    runs = sorted(glob.glob(ROOT + "/test/journal/*.jsonl") + glob.glob(ROOT + "/test/unit/report/cases/*.jsonl"))
    assert runs, "no recorded runs"
    for run in runs:
        done = subprocess.run([WSDX, "explain", "-o", "json", run], capture_output=True, timeout=30, check=False)
        assert done.returncode in (0, 1, 3), f"{run}: exit {done.returncode}: {done.stderr!r}"
        document = json.loads(done.stdout.decode("utf-8"))
        try:
            validator.validate(document)
        except jsonschema.ValidationError as error:
            raise AssertionError(f"{run}: {error.message} at {list(error.absolute_path)}") from error
        assert (document["verdict"] == "broken") == (done.returncode == 3), f"{run}: exit {done.returncode}"
    print("ok", len(runs), "recorded runs")


def refused(document, change):
    broken = copy.deepcopy(document)
    change(broken)
    assert not validator.is_valid(broken), "the schema lets a wrong document pass"


def check_schema_is_strict(document):
    refused(document, lambda d: d.update(surprise=1))
    refused(document, lambda d: d.pop("verdict"))
    refused(document, lambda d: d.update(verdict="fine"))
    refused(document, lambda d: d["findings"][0].update(evidence=[]))
    refused(document, lambda d: d["findings"][0].update(confidence=1.5))
    refused(document, lambda d: d["findings"][0].update(layer="weather"))
    refused(document, lambda d: d["findings"][0]["evidence"][0].update(channel="rumour"))
    refused(document, lambda d: d["findings"][0]["evidence"][0].update(surprise=1))
    refused(document, lambda d: d["phases"][0].update(ok="yes"))
    refused(document, lambda d: d["ruled_out"][0].pop("by"))


def check_junit(case, document):
    suites = xml.fromstring(show(case, "junit"))
    tests = suites.findall(".//testcase")
    for element in [suites, suites.find("testsuite")]:
        assert int(element.get("tests")) == len(tests)
        assert int(element.get("failures")) == len(suites.findall(".//failure"))
        assert int(element.get("errors")) == len(suites.findall(".//error"))
        assert int(element.get("skipped")) == len(suites.findall(".//skipped"))
    if document["verdict"] == "broken":
        assert suites.findall(".//failure"), "broken without a failure"
    if document["verdict"] == "healthy":
        assert not suites.findall(".//failure"), "healthy with a failure"
    if document["verdict"] == "unknown":
        assert suites.findall(".//error"), "unknown is no pass"


def main():
    assert CASES, "no cases"
    for case in CASES:
        document = check_json(case)
        check_junit(case, document)
        if case == "stripped":
            check_schema_is_strict(document)
        print("ok", case)
    check_saved_runs()


main()
