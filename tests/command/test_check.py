"""Goal: berth check says what each file is and all that is wrong with it, and runs nothing.
Method: the program itself, on files made here."""
import json
import re
import shutil
import tempfile

from program import *

FOLDER = tempfile.mkdtemp(prefix="berth-check-")

with test("a sound scenario is ok, status 0"):
    good = write(FOLDER, "good.json", system())
    outcome = berth("check", good, STAGE01)
    equal((outcome.status, outcome.err), (0, ""))
    equal([line.split(": ")[1] for line in outcome.out.splitlines()], ["scenario, ok"] * 2)

with test("bare AWS JSON is recognised, as input and as answer"):
    definition = system()["taskDefinitions"][0]
    bare = write(FOLDER, "bare.json", definition)
    answer = write(FOLDER, "answer.json", {"taskDefinition": definition})
    outcome = berth("check", bare, answer)
    equal(outcome.status, 0, outcome.err)
    equal(len(re.findall("task definition", outcome.out)), 2, outcome.out)
    contains(berth("check", "-", stdin=json.dumps(definition)).out, "<stdin>: ")

with test("all errors of all files are reported, located, status 2"):
    wrong = write(FOLDER, "wrong.json", system(duration="later", seed="one"))
    broken = write(FOLDER, "broken.json", '{"berth": 1,\n  "name": }')
    outcome = berth("check", wrong, broken, good)
    equal(outcome.status, 2)
    for pointer in ("/duration", "/seed"):
        true(re.search(rf"{wrong}:\d+:\d+: {pointer}: ", outcome.err), outcome.err)
    contains(outcome.err, f"{broken}:2:11: ")
    equal(len(outcome.out.splitlines()), 3)
    contains(outcome.out, "2 errors")

with test("an unknown metric in expect is an error"):
    outcome = berth("check", "-", stdin=json.dumps(system(
        expect=[{"metric": "services.web.availabilty", "atLeast": 1}])))
    equal(outcome.status, 2)
    contains(outcome.err, "/expect/0/metric: ")

with test("warnings pass, but not with --strict"):
    odd = write(FOLDER, "odd.json", {"somebody": "else's"})
    outcome = berth("check", odd)
    equal(outcome.status, 0)
    contains(outcome.err, "warning: ")
    contains(outcome.out, "1 warning")
    equal(berth("check", "--strict", odd).status, 2)
    equal(berth("check", "--strict", good).status, 0)

with test("--verbose lists AWS fields without effect, --quiet prints nothing that is well"):
    tagged = system()
    tagged["taskDefinitions"][0]["tags"] = [{"key": "team", "value": "a"}]
    path = write(FOLDER, "tagged.json", tagged)
    contains(berth("check", "--verbose", path).out, "/taskDefinitions/0/tags")
    lacks(berth("check", path).out, "/tags")
    outcome = berth("check", "--quiet", path)
    equal((outcome.status, outcome.out, outcome.err), (0, "", ""))

with test("what cannot be read is status 2"):
    for path in (f"{FOLDER}/none.json", FOLDER):
        outcome = berth("check", path)
        equal(outcome.status, 2)
        contains(outcome.err, f"{path}:1:1: ")
        contains(outcome.out, f"{path}: can't be read, 1 error")

with test("--help lists the control plane's knobs"):
    contains(berth("check", "--help").out, "reconcileSeconds")

shutil.rmtree(FOLDER)
end()
