"""Goal: berth run keeps the promises of the command line: exit status, where output goes, what is
left on disk, one digest for one simulation. Method: the program itself on small systems."""
import json
import os
import pty
import re
import signal
import subprocess
import tempfile
import time

import h5py

from program import *

FOLDER = tempfile.mkdtemp(prefix="berth-run-")
SMALL = write(FOLDER, "small.json", system())


def files():
    return sorted(os.listdir(FOLDER))


with test("a run ends with its digest and status 0"):
    outcome = berth("run", SMALL)
    equal((outcome.status, outcome.err), (0, ""))
    outcome.digest()

with test("a failed expectation is status 1, and the summary says which"):
    unmet = write(FOLDER, "unmet.json",
                  system(expect=[{"metric": "services.web.availability", "atLeast": 1}]))
    outcome = berth("run", unmet)
    equal(outcome.status, 1)
    contains(outcome.out, "services.web.availability")
    outcome.digest()

with test("bad input is status 2, located, and leaves nothing on disk"):
    before = files()
    for content, where in [
        ('{"berth": 1,\n "duration": }', ":2:14:"),
        ('{"berth": 1,\n "durration": "5m"}', "/durration: "),
        (system(expect=[{"metric": "services.web.availabilty", "atLeast": 1}]),
         "/expect/0/metric: "),
    ]:
        bad = write(FOLDER, "bad.json", content)
        outcome = berth("run", bad, "-o", f"{FOLDER}/bad.h5", "--events", f"{FOLDER}/bad.ndjson")
        equal((outcome.status, outcome.out), (2, ""), outcome.err)
        contains(outcome.err, f"{bad}:")
        contains(outcome.err, where)
        os.remove(bad)
        equal(files(), before)
    equal(berth("run", f"{FOLDER}/none.json").status, 2)

with test("two unknown metrics are both reported"):
    outcome = berth("run", "-", stdin=json.dumps(system(expect=[
        {"metric": "services.web.x", "atLeast": 1}, {"metric": "cluster.y", "atLeast": 1}])))
    equal(outcome.status, 2)
    contains(outcome.err, "/expect/0/metric")
    contains(outcome.err, "/expect/1/metric")

with test("an existing result is refused and kept, --force replaces it"):
    kept = write(FOLDER, "kept.h5", "precious")
    outcome = berth("run", SMALL, "-o", kept)
    equal((outcome.status, outcome.out), (2, ""))
    equal(kept.read_text(), "precious")
    equal(berth("run", SMALL, "-o", kept, "--force").status, 0)
    equal(kept.read_bytes()[:4], b"\x89HDF")
    equal([name for name in files() if name.endswith(".tmp")], [])

with test("an existing event log is refused and kept, --force replaces it, a device needs none"):
    log = write(FOLDER, "kept.ndjson", "precious")
    outcome = berth("run", SMALL, "--events", log)
    equal((outcome.status, outcome.out, log.read_text()), (2, "", "precious"))
    contains(outcome.err, "--force")
    equal(berth("run", SMALL, "--events", log, "--force").status, 0)
    contains(log.read_text(), '"event":')
    equal(berth("run", SMALL, "--events", "/dev/null").status, 0)
    equal(berth("run", "-", "--events", "/dev/null", stdin=SMALL.read_text()).status, 0)

with test("an output that is an input is refused, by whatever name and also with --force"):
    patch = write(FOLDER, "with.json", {"services": []})
    definition = write(FOLDER, "deploy.json", system()["taskDefinitions"][0])
    os.symlink(SMALL, f"{FOLDER}/symbolic.json")
    os.link(SMALL, f"{FOLDER}/hard.json")
    before = {name: open(f"{FOLDER}/{name}", "rb").read() for name in files()}
    more = ["--with", patch, "--deploy", f"web={definition}", "--force"]
    for name in ("small.json", "symbolic.json", "hard.json", "with.json", "deploy.json"):
        for option in ("--events", "-o"):
            outcome = berth("run", SMALL, option, f"{FOLDER}/../{os.path.basename(FOLDER)}/{name}", *more)
            equal((outcome.status, outcome.out), (2, ""))
            contains(outcome.err, "is a file that the run reads")
    with open(SMALL) as given:
        done = subprocess.run([BERTH, "run", "-", "--events", str(SMALL), "--force"], stdin=given,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    equal(done.returncode, 2)
    equal({name: open(f"{FOLDER}/{name}", "rb").read() for name in files()}, before)

with test("-o and --events are never one file, and a result never takes a device's place"):
    for one, other in ((f"{FOLDER}/x", f"{FOLDER}/./x"), (f"{FOLDER}/kept.h5", f"{FOLDER}/./kept.h5")):
        outcome = berth("run", SMALL, "-o", one, "--events", other, "--force")
        equal(outcome.status, 2)
        contains(outcome.err, "name the same file")
    os.mkfifo(f"{FOLDER}/pipe")
    outcome = berth("run", SMALL, "-o", f"{FOLDER}/pipe", "--force")
    equal(outcome.status, 2)
    contains(outcome.err, "a result must be a regular file")
    outcome = berth("run", f"{FOLDER}/pipe")
    equal((outcome.status, outcome.out), (2, ""))
    contains(outcome.err, "not a regular file")
    os.remove(f"{FOLDER}/pipe")

with test("a result file as the scenario is refused with how to get the scenario in it"):
    outcome = berth("run", f"{FOLDER}/kept.h5")
    equal((outcome.status, outcome.out), (2, ""))
    contains(outcome.err, f"{FOLDER}/kept.h5:1:1: : is a result file")
    command = outcome.err.split("\n")[1].replace("python3", "/usr/bin/python3")
    text = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    equal(berth("run", "-", stdin=text).digest(), berth("run", SMALL).digest())
    contains(berth("check", f"{FOLDER}/kept.h5").out, "a result file")

with test("the same run writes the same bytes"):
    for name in ("one.h5", "two.h5"):
        equal(berth("run", SMALL, "-o", f"{FOLDER}/{name}").status, 0)
    one, two = (open(f"{FOLDER}/{name}", "rb").read() for name in ("one.h5", "two.h5"))
    true(one == two, "the files differ")

with test("the event log is one JSON object a line, in order of time"):
    path = f"{FOLDER}/events.ndjson"
    outcome = berth("run", SMALL, "--events", path)
    equal(outcome.status, 0)
    events = [json.loads(line) for line in open(path)]
    true(len(events) > 20, f"{len(events)} events")
    equal(sorted(e["t"] for e in events), [e["t"] for e in events])
    equal([name for name in files() if name.endswith(".tmp")], [])

with test("--events - leaves standard output to the events, the summary goes to standard error"):
    outcome = berth("run", SMALL, "--events", "-")
    equal(outcome.status, 0)
    equal(outcome.out, open(f"{FOLDER}/events.ndjson").read())
    contains(outcome.err, "digest ")
    outcome = berth("run", SMALL, "--events", "-", "--json")
    json.loads(outcome.err)

with test("--json has what the contract lists"):
    outcome = berth("run", SMALL, "--json")
    summary = json.loads(outcome.out)
    for key in ("berth", "scenario", "seed", "replications", "simulatedSeconds", "digest",
                "metrics", "assumed", "deployments", "expectations"):
        true(key in summary, f"no {key}")
    equal((summary["scenario"], summary["seed"], summary["simulatedSeconds"]), ("small", 1, 1200))
    equal(summary["digest"], berth("run", SMALL).digest())
    equal(summary["expectations"][0]["met"], True)

with test("one digest for one simulation: whatever is written beside it, another for another seed"):
    digest = berth("run", SMALL).digest()
    for more in (["--seed", "1"], ["--detail", "none"], ["-o", f"{FOLDER}/d.h5"], ["--verbose"],
                 ["--events", f"{FOLDER}/d.ndjson"], ["-o", f"{FOLDER}/e.h5", "--detail", "none"]):
        equal(berth("run", SMALL, *more).digest(), digest, str(more))
    true(berth("run", SMALL, "--seed", "2").digest() != digest, "seed 2 gives the digest of seed 1")
    equal(berth("run", "-", stdin=SMALL.read_text()).digest(), digest, "standard input")

with test("--set, --with, --deploy and --until change what is run"):
    digest = berth("run", SMALL).digest()
    patch = write(FOLDER, "patch.json", {"services": [{"serviceName": "web", "desiredCount": 2}]})
    changed = [berth("run", SMALL, *more).digest() for more in (
        ["--set", "/services/web/desiredCount=2"], ["--with", patch], ["--deploy", "web"],
        ["--deploy", "web", "--at", "10m"], ["--until", "3s"])]
    equal(changed[0], changed[1])
    equal(len(set(changed + [digest])), 5)
    equal(berth("run", SMALL, "--until", "1h").digest(), digest)
    equal(berth("run", SMALL, "--until", "soon").status, 2)
    equal(berth("run", SMALL, "--set", "/service/web/desiredCount=2").status, 2)

with test("a scenario without a name is called after its file, everywhere, and so is what it gives again"):
    unnamed = system()
    del unnamed["name"]
    path = write(FOLDER, "web.prod.json", unnamed)
    outcome = berth("run", path, "-o", f"{FOLDER}/unnamed.h5")
    true(outcome.out.startswith("web.prod  seed 1"), outcome.out)
    equal(json.loads(berth("run", path, "--json").out)["scenario"], "web.prod")
    equal(json.loads(berth("run", "-", "--json", stdin=path.read_text()).out)["scenario"], "scenario")
    with h5py.File(f"{FOLDER}/unnamed.h5") as result:
        equal(result.attrs["scenario_name"], "web.prod")
        text = result["scenario"][()].decode()
    equal(berth("run", "-", "-o", f"{FOLDER}/unnamed2.h5", stdin=text).status, 0)
    true(open(f"{FOLDER}/unnamed.h5", "rb").read() == open(f"{FOLDER}/unnamed2.h5", "rb").read(), "other bytes")

with test("the scenario in a result gives that result again"):
    for number, more in enumerate((["--seed", "9"], ["--deploy", "web", "--until", "200s"],
                                   ["--set", "/services/web/desiredCount=2"])):
        first, again = f"{FOLDER}/first{number}.h5", f"{FOLDER}/again{number}.h5"
        digest = berth("run", SMALL, "-o", first, *more).digest()
        with h5py.File(first) as result:
            text = result["scenario"][()].decode()
        equal(berth("run", "-", "-o", again, stdin=text).digest(), digest)
        true(open(first, "rb").read() == open(again, "rb").read(), f"{more}: other bytes")

with test("inputs that nobody gave are named, and refused on request"):
    contains(berth("run", SMALL).out, "Assumed")
    before = files()
    outcome = berth("run", SMALL, "--refuse-assumed", "-o", f"{FOLDER}/assumed.h5")
    equal((outcome.status, outcome.out), (2, ""))
    contains(outcome.err, "/behavior/web/")
    true(re.search(r"berth run: \d+ inputs were given by nobody, and this run uses them\n$", outcome.err), outcome.err)
    equal(files(), before)
    equal(berth("run", STAGE01, "--refuse-assumed").status, 0)

with test("a call that AWS refuses while the run is under way is told of at its end"):
    refused = system(timeline=[{"at": "1m", "stopTask": {"task": "web/000009"}},
                               {"at": "2m", "stopTask": {"task": "web/000001"}}])
    outcome = berth("run", "-", stdin=json.dumps(refused))
    equal((outcome.status, outcome.err.splitlines()[-1]),
          (0, "berth run: warning: stopTask at 1m was refused: InvalidParameterException: The referenced task was "
              "not found. ({\"task\":\"web/000009\"})"))
    equal(outcome.err.count("was refused"), 1)
    equal(berth("run", "-", "--quiet", stdin=json.dumps(refused)).err, "")

with test("--quiet prints nothing, --color always colours"):
    outcome = berth("run", SMALL, "--quiet")
    equal((outcome.status, outcome.out, outcome.err), (0, "", ""))
    lacks(berth("run", SMALL).out, "\033[")
    contains(berth("run", SMALL, "--color", "always").out, "\033[")

with test("replications that are not run are mentioned"):
    outcome = berth("run", "-", stdin=json.dumps(system(replications=5)))
    equal(outcome.status, 0)
    contains(outcome.err, "5 replications")

with test("output that cannot be written is status 3, with the reason"):
    with open("/dev/full", "w") as full:
        outcome = berth("run", SMALL, stdout=full)
        equal(outcome.status, 3)
        contains(outcome.err, "No space left on device")
        equal(berth("run", SMALL, "--json", stdout=full).status, 3)
        equal(berth("run", SMALL, "--events", "-", stdout=full).status, 3)
        equal(berth("help", stdout=full).status, 3)
    outcome = berth("run", SMALL, "--events", "/dev/full")
    equal(outcome.status, 3)
    contains(outcome.err, "/dev/full")
    equal(berth("run", SMALL, "--events", f"{FOLDER}/none/e.ndjson").status, 3)
    equal(berth("run", SMALL, "-o", f"{FOLDER}/none/r.h5").status, 3)

with test("a closed standard output is status 3 and never lands in another file"):
    result = f"{FOLDER}/closed.h5"
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", BERTH, "run", str(SMALL), "-o", result],
                          stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    equal(done.returncode, 3)
    equal(open(result, "rb").read(), open(f"{FOLDER}/one.h5", "rb").read())

with test("a reader that goes away ends the run"):
    child = subprocess.Popen([BERTH, "run", write(FOLDER, "endless.json", endless()), "--events", "-"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    child.stdout.read(1000)
    child.stdout.close()
    equal(child.wait(timeout=60), 3)
    contains(child.stderr.read().decode(), "Broken pipe")
    child.stderr.close()

with test("SIGINT and SIGTERM end a run with status 130 and leave nothing half-written"):
    before = files()
    for number in (signal.SIGINT, signal.SIGTERM):
        child = subprocess.Popen([BERTH, "run", f"{FOLDER}/endless.json", "-o", f"{FOLDER}/i.h5",
                                  "--events", f"{FOLDER}/i.ndjson"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env=ENVIRONMENT)
        while not os.path.exists(f"{FOLDER}/i.ndjson.tmp"):
            time.sleep(0.01)
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
        equal((child.returncode, out), (130, ""))
        contains(err, "interrupted")
        equal(files(), before)

with test("a signal while the scenario is still being read ends with status 130 and a message, too"):
    for number in (signal.SIGINT, signal.SIGTERM):
        child = subprocess.Popen([BERTH, "run", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        for _ in range(200):  # until it catches signals, which is before it reads
            status = open(f"/proc/{child.pid}/status").read()
            if int(re.search(r"SigCgt:\s*(\w+)", status).group(1), 16) >> (number - 1) & 1:
                break
            time.sleep(0.01)
        child.send_signal(number)
        equal(child.wait(timeout=60), 130)
        out, err = child.communicate()
        equal((out, err), ("", "berth run: interrupted before the run, nothing was kept\n"))

def on_terminal(*arguments, seconds, **environment):
    """What a run writes to its standard error when that is a terminal, until it is interrupted."""
    reading, terminal = pty.openpty()
    child = subprocess.Popen([BERTH, "run", f"{FOLDER}/endless.json", *arguments],
                             stdout=subprocess.DEVNULL, stderr=terminal,
                             env={**ENVIRONMENT, "TERM": "xterm", **environment})
    os.close(terminal)
    time.sleep(seconds)
    child.send_signal(signal.SIGINT)
    text = b""
    try:
        while part := os.read(reading, 65536):
            text += part
    except OSError:  # how a pseudo-terminal says that nobody writes any more
        pass
    os.close(reading)
    equal(child.wait(timeout=60), 130)
    return text.decode()


with test("times on the command line: seconds or a duration, and nothing else"):
    for wrong in [b".", b"", b"1.2.3", b"\xff", b"5 apples"]:
        for option in [b"--at", b"--until"]:
            done = subprocess.run([BERTH.encode(), b"run", str(STAGE01).encode(), b"--quiet",
                                   b"--deploy", b"auth", option, wrong], capture_output=True, timeout=60)
            equal(done.returncode, 2)
            true(done.stderr.strip() != b"", repr(done.stderr))
    for right in ["400", "400s", "6m40s"]:
        equal(berth("run", str(STAGE01), "--deploy", "auth", "--at", right).out.count("auth#3"), 1)
        equal(berth("run", str(STAGE01), "--until", right).out.count("6m 40s simulated"), 1)

with test("a long run shows its progress on a terminal, and wipes it"):
    shown = on_terminal(seconds=1.6)
    true(re.search(r"\r\x1b\[K +\d+ %  .* of 3000d simulated, \d+ events", shown), repr(shown))
    contains(shown, "\r\x1b[Kberth run: interrupted")

with test("no progress in the first second, in CI, on a dumb terminal, or when not wanted"):
    lacks(on_terminal(seconds=0.5), "%")
    lacks(on_terminal(seconds=1.3, CI="true"), "%")
    lacks(on_terminal(seconds=1.3, TERM="dumb"), "%")
    lacks(on_terminal("--no-progress", seconds=1.3), "%")
    lacks(on_terminal("--quiet", seconds=1.3), "%")

subprocess.run(["rm", "-r", FOLDER], check=True)
end()
