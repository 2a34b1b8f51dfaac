"""Goal: COVERAGE.md stays true: each rule has its row, what is named as proof exists and cites the rule, each topic of
the worked examples runs or has its reason. Method: reads the page, the tests and the reader's tables; where the
specification itself is at hand (a folder, the last argument), its rules are those of the page.

    test_coverage.py ROOT [SPECIFICATION]
"""
import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "tests"))
from tap import *  # noqa: E402

TESTS = ROOT / "tests"
PAGE = (TESTS / "spec/COVERAGE.md").read_text()
SPECIFICATION = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
FILES = {"E": "ecs.md", "L": "load-balancing.md", "A": "autoscaling.md"}
# The numbers of the specification's rules: gaps are its own. E115 has an E115b beside it.
RANGES = {"E": "1-16 20-43 50-62 70-119 128-130 140-178 180-190 200",
          "L": "1-6 10-16 20-32 40-47 50-64 70-75 80-85 90-105 110-111",
          "A": "1-15 20-35 40-48 50-58 60-72 80-101 110-111"}


def rules_of(letter):
    found = {"E115b"} if letter == "E" else set()
    for part in RANGES[letter].split():
        first, _, last = part.partition("-")
        for number in range(int(first), int(last or first) + 1):
            found.add(f"{letter}{number:02d}" if letter == "A" else f"{letter}{number}")
    return found


def table(heading):
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def cites(text, rule):
    """Is the rule named, alone or within a range such as E55-E57 or A30-35?"""
    letter, number = rule[0], int(re.sub(r"\D", "", rule))
    if rule.endswith("b"):
        return re.search(rf"\b{rule}\b", text) is not None
    for m in re.finditer(rf"\b{letter}0*(\d+)(?:[-–]{letter}?(\d+))?\b", text):
        first, last = int(m[1]), int(m[2] or m[1])
        if number == first or first <= number <= last:
            return True
    return False


def refused_fields():
    """Names of fields, actions and knobs that the reader's tables mark as not simulated."""
    tables = "".join(p.read_text() for p in sorted((ROOT / "scenarios/read").glob("tables_*.c")))
    return set(re.findall(r'\{"(\w+)",[^\n]*\bFIELD_LATER\b', tables) +
               re.findall(r'\bLATER_(?:ACTION|KNOB)\("(\w+)"', tables))


def topics_that_run():
    programs = [p for p in (TESTS / "spec").iterdir() if p.suffix in (".c", ".py")]
    text = "".join(p.read_text() for p in programs if p.name != "test_coverage.py")
    return set(re.findall(r'\{"([a-z0-9A-Z-]+)", *\w+\}', text) +
               re.findall(r'^ +"([a-z0-9A-Z-]+)": \w+_topic,', text, re.MULTILINE))


REASON = re.compile(r"\*\*(?:out of scope\*\*|refused\*\* `(\w+)`): .{12,}")
REFUSED, RUNNING = refused_fields(), topics_that_run()
ROWS = {letter: table(name) for letter, name in FILES.items()}
UNRUN = {row[0]: row[1] for row in table("Topics of the worked examples")}


def problems_of_reason(what, reason):
    m = REASON.fullmatch(reason)
    if not m:
        return [f"{what}: no reason: {reason}"]
    return [f"{what}: the reader takes {m[1]}: name the test that proves it"] if m[1] and m[1] not in REFUSED else []


def problems_of_proof(rule, proof):
    if proof.startswith("topic "):
        return [] if proof[6:] in RUNNING else [f"{rule}: topic {proof[6:]} does not run"]
    path = TESTS / proof
    files = [p for p in path.iterdir()] if path.is_dir() else [path]
    if not all(p.is_file() for p in files):
        return [f"{rule}: {proof} is no file"]
    # The folder of a refused input says what it is about by its name and by what berth answers.
    text = path.name + "".join(p.read_text() for p in files)
    return [] if cites(text, rule) or path.parent.name == "rejected" else [f"{rule}: {proof} does not cite it"]


def problems_of(row):
    rule, says, where, proofs = row
    if proofs.startswith("**"):
        return problems_of_reason(rule, proofs)
    found = [] if says else [f"{rule}: says nothing"]
    if not (ROOT / where).is_file():
        found.append(f"{rule}: {where} is no file")
    for proof in proofs.split(", "):
        found += problems_of_proof(rule, proof)
    return found


def none(problems):
    equal("\n".join(problems), "")


for letter, name in FILES.items():
    with test(f"each rule of {name} has one row"):
        counts = collections.Counter(row[0] for row in ROWS[letter])
        none([f"{rule}: {n} rows" for rule, n in sorted(counts.items()) if n > 1])
        equal(sorted(rules_of(letter) ^ set(counts)), [], "rules without a row, rows without a rule")
    with test(f"what is named as proof of {name} exists and cites its rule"):
        none([problem for row in ROWS[letter] for problem in problems_of(row)])
    done = [row for row in ROWS[letter] if not row[3].startswith("**")]
    print(f"# {name}: {len(ROWS[letter])} rules, {len(done)} proven, "
          f"{sum(row[3].startswith('**out') for row in ROWS[letter])} out of scope, "
          f"{sum(row[3].startswith('**refused') for row in ROWS[letter])} refused")
    if SPECIFICATION and (SPECIFICATION / name).is_file():
        with test(f"the rules of the page are those of {name}"):
            text = (SPECIFICATION / name).read_text()
            real = set(re.findall(rf"^- \**({letter}\d+b?)\b", text, re.MULTILINE))
            if letter == "E":
                real |= {"E93", "E94", "E95"}
            equal(sorted(real ^ rules_of(letter)), [])
    else:
        skip(f"the rules of the page are those of {name}", "the specification is not at hand")

with test("each topic of the worked examples runs or has its reason"):
    problems = []
    for name in ("ecs-examples.json", "autoscaling-examples.json"):
        content = json.loads((TESTS / "spec" / name).read_text())
        examples = content if isinstance(content, list) else content["examples"]
        for topic, n in sorted(collections.Counter(e["topic"] for e in examples).items()):
            print(f"# {name}: {topic}: {n} {'run' if topic in RUNNING else 'not run'}")
            if topic in RUNNING and topic in UNRUN:
                problems.append(f"{topic}: runs; its row is to go")
            elif topic not in RUNNING and topic not in UNRUN:
                problems.append(f"{topic}: neither runs nor has a reason")
        if SPECIFICATION and (SPECIFICATION / name).is_file():
            equal(json.loads((SPECIFICATION / name).read_text()) == content, True, f"{name}: another edition")
    for topic, reason in UNRUN.items():
        problems += problems_of_reason(topic, reason)
    none(problems)

with test("a proof that is none is found"):
    true(problems_of(["E1", "x", "models/model.c", "models/test_query.c"]), "a test that does not cite the rule")
    true(problems_of(["E1", "x", "models/model.c", "topic no-such-topic"]), "a topic that does not run")
    true(problems_of(["E1", "x", "models/no-such-file.c", "models/test_instance_type.c"]), "a file that is none")
    true(problems_of(["E1", "x", "–", "**out of scope**: so"]), "no reason")
    true(problems_of(["E1", "x", "–", "**refused** `desiredCount`: it is not simulated yet"]), "a field that works")
    equal(problems_of(["E1", "x", "models/model.c", "models/test_instance_type.c"]), [])

end()
