#!/usr/bin/env python3
"""test/report/compare_test.py [build/wsdx]: two saved runs side by side are what doc/schema/compare-1.json promises."""
import glob
import itertools
import json
import os
import subprocess
import sys

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WSDX = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build/wsdx"))
RUNS = sorted(glob.glob(ROOT + "/test/unit/report/cases/*.jsonl"))

with open(ROOT + "/doc/schema/compare-1.json", encoding="utf-8") as file:
    SCHEMA = json.load(file)
Validator = jsonschema.validators.validator_for(SCHEMA)
Validator.check_schema(SCHEMA)


def compare(a, b):
    done = subprocess.run([WSDX, "explain", "-o", "json", a, b], capture_output=True, timeout=60)
    assert done.returncode in (0, 1, 3), done.stderr
    document = json.loads(done.stdout.decode("utf-8"))
    Validator(SCHEMA).validate(document)
    return document


def main():
    steps = 0
    for a, b in itertools.permutations(RUNS[:6], 2):
        document, back = compare(a, b), compare(b, a)
        assert document["only_a"] == back["only_b"] and document["a"]["verdict"] == back["b"]["verdict"], (a, b)
        steps += len(document["steps"])
    same = compare(RUNS[0], RUNS[0])
    assert not same["only_a"] and not same["only_b"] and not same["steps"], same
    assert steps, "no pair of runs differs in any step"
    print(f"{len(RUNS[:6]) * len(RUNS[:6][1:])} pairs fit the schema")


main()
