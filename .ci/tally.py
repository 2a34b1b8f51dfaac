#!/usr/bin/env python3
"""Adds up test results from meson's logs and closes with `N passed, N failed, N skipped`.

    tally.py [--allow-skips] [--failed=WHAT]... testlog.json...

A program without TAP (meson's protocol exitcode) is one test. Of the others the TAP lines are
counted, since meson takes a TAP program without output, or with a plan and no results, for a skipped
one, and one without a plan for a passed one. Such a program counts one failure more when it died,
timed out, printed no result, or printed another number of results than it planned. Exits 1 when
anything failed, or was skipped without --allow-skips. --failed adds a failure of something else.
"""
import json
import pathlib
import re
import sys

RESULT = re.compile(r"(not )?ok\b[^#\n]*(#\s*skip\b)?", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)")


def protocols(log):
    """Test name -> protocol, from what meson knows of the build folder that holds the log."""
    tests = pathlib.Path(log).parent.parent / "meson-info" / "intro-tests.json"
    known = json.loads(tests.read_text(encoding="utf-8")) if tests.exists() else []
    return {test["name"]: test["protocol"] for test in known}


def count(test, protocol):
    """(passed, failures, skips) of one test program; the last two are lists of names."""
    name = test["name"]
    if protocol == "exitcode":
        return (1, [], []) if test["result"] == "OK" else (0, [f"{name}: {test['result']}"], [])
    lines = test.get("stdout", "").splitlines()
    passed, failed, skipped, planned = 0, [], [], None
    for line in lines:
        result, plan = RESULT.match(line), PLAN.match(line)
        if plan:
            planned = int(plan.group(1))
        elif result and result.group(1):
            failed.append(f"{name}: {line}")
        elif result and result.group(2):
            skipped.append(f"{name}: {line}")
        elif result:
            passed += 1
    seen = passed + len(failed) + len(skipped)
    if seen == 0:
        failed.append(f"{name}: no result ({test['result']}, status {test['returncode']})")
    elif planned != seen:
        failed.append(f"{name}: {seen} results, {planned} planned")
    elif test["returncode"] != 0 and not failed:
        failed.append(f"{name}: {test['result']}, status {test['returncode']}")
    return passed, failed, skipped


def main(arguments):
    allow_skips = "--allow-skips" in arguments
    passed, skipped = 0, []
    failed = [a.removeprefix("--failed=") for a in arguments if a.startswith("--failed=")]
    for path in (a for a in arguments if not a.startswith("--")):
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log if line.strip()]
        if not tests:
            failed.append(f"{path}: no tests ran")
        known = protocols(path)
        for test in tests:
            protocol = known.get(test["name"].split(" / ")[-1], "tap")
            one_passed, one_failed, one_skipped = count(test, protocol)
            passed += one_passed
            failed += one_failed
            skipped += one_skipped
    for line in failed:
        print("failed:", line)
    for line in skipped:
        print("skipped:", line)
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or (skipped and not allow_skips) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
