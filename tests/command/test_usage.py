"""Goal: whatever is typed is either done or refused with a message that says what to type instead.
Method: the program itself, run on right and wrong command lines."""
import re
import subprocess

from program import *

VERBS = re.findall(r"^  (\w+) ", berth("help").out.split("verbs:\n")[1].split("\n\n")[0], re.M)

with test("berth alone, help and --help list the verbs"):
    for arguments in ([], ["help"], ["--help"], ["-h"]):
        outcome = berth(*arguments)
        equal(outcome.status, 0)
        equal(outcome.err, "")
        equal(outcome.out, berth("help").out)
    equal(VERBS, ["run", "check", "plot", "help"])

with test("--version names program and version"):
    outcome = berth("--version")
    equal(outcome.status, 0)
    true(re.fullmatch(r"berth \d+\.\d+\.\d+\n", outcome.out), outcome.out)

with test("help VERB and VERB --help are one text, with an example, no wider than a terminal"):
    for verb in VERBS:
        outcome = berth(verb, "--help")
        equal(outcome.status, 0)
        equal(outcome.out, berth(verb, "-h").out)
        equal(outcome.out, berth("help", verb).out)
        contains(outcome.out, f"usage: berth {verb}")
        contains(outcome.out, f"example:\n  berth {verb}")
        own = outcome.out.split("Knobs of")[0]
        equal([line for line in own.split("\n") if len(line) > 79 or line != line.rstrip()], [])

with test("a wrong verb or option names the nearest"):
    for arguments, hint in [
        (["rnu"], "did you mean 'run'?"),
        (["help", "chekc"], "did you mean 'check'?"),
        (["run", "--sed", "1", "x.json"], "did you mean --seed?"),
        (["run", "--sede=1", "x.json"], "did you mean --seed?"),
        (["run", "-q", "x.json"], "unknown option -q"),
        (["zzzzzz"], "unknown verb 'zzzzzz'"),
    ]:
        outcome = berth(*arguments)
        equal(outcome.status, 2, str(arguments))
        equal(outcome.out, "")
        contains(outcome.err, hint)

with test("wrong values, missing and superfluous words are refused"):
    for arguments, message in [
        (["run"], "SCENARIO is missing"),
        (["run", "a.json", "b.json"], "one operand too many: b.json"),
        (["run", "x.json", "--seed"], "--seed needs a value: N"),
        (["run", "x.json", "--seed", "-1"], "--seed -1: expected an integer"),
        (["run", "x.json", "--seed", "1e3"], "--seed 1e3: expected an integer"),
        (["run", "x.json", "--seed", "9223372036854775808"], "expected an integer"),
        (["run", "x.json", "--seed", ""], "expected an integer"),
        (["run", "x.json", "--json=1"], "--json takes no value"),
        (["run", "x.json", "--color", "blue"], "expected one of auto, always, never"),
        (["run", "x.json", "--at", "5m"], "--at 5m needs --deploy"),
        (["run", "x.json", "-o", "-"], "cannot be standard output"),
        (["run", "x.json", "-o", "same", "--events", "same"], "name the same file"),
        (["help", "run", "check"], "one operand too many: check"),
    ]:
        outcome = berth(*arguments)
        equal(outcome.status, 2, str(arguments))
        equal(outcome.out, "")
        contains(outcome.err, message)

with test("--option value and --option=value are the same, -- ends the options"):
    separate = berth("run", STAGE01, "--seed", "7", "--detail", "none")
    equal(separate.status, 0, separate.err)
    equal(berth("run", "--seed=7", "--detail=none", "--", STAGE01).out, separate.out)

with test("the completion is a shell script that offers verbs, options and choices"):
    script = berth("help", "--completion").out
    for words, want in [
        ("berth ru", ["run"]),
        ("berth run --al", ["--allow-outside"]),
        ("berth run --color a", ["auto", "always"]),
        ("berth help pl", ["plot"]),
    ]:
        ask = (script + f"\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n_berth\n"
               + 'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True)
        equal((done.stderr, done.stdout.split()), ("", want))

with test("the man page names every verb and option"):
    page = berth("help", "--man").out
    for verb in VERBS:
        contains(page, f".SS berth {verb}")
        for option in re.findall(r"--([a-z-]+)", berth(verb, "--help").out.split("options:")[1]):
            contains(page, "\\-\\-" + option.replace("-", "\\-"))

end()
