"""Goal: berth plot draws what the result holds, into every format, and fails cleanly.
Method: the program on results made here; pictures are read back as XML, PNG and text."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "command"))
from program import *  # noqa: E402

FOLDER = tempfile.mkdtemp(prefix="berth-plot-")
RESULT = f"{FOLDER}/stage01.h5"
SVG = "{http://www.w3.org/2000/svg}"
berth("run", STAGE01, "-o", RESULT)


def texts(path):
    """All words in an SVG, in order."""
    root = xml.etree.ElementTree.parse(path).getroot()
    equal(root.tag, SVG + "svg")
    return " ".join("".join(text.itertext()) for text in root.iter(SVG + "text"))


def places(path, beginnings):
    """x and y of the words of an SVG that begin so."""
    root = xml.etree.ElementTree.parse(path).getroot()
    groups = [group for group in root.iter(SVG + "g") if any(
        "".join(text.itertext()).strip().startswith(beginnings) for text in group.findall(SVG + "text"))]
    return [tuple(map(float, re.search(r"translate\(([^,]+),([^)]+)\)", g.get("transform")).groups())) for g in groups]


def failed_height(path):
    """Pixels from the foot to the head of the highest bar of failed requests."""
    root = xml.etree.ElementTree.parse(path).getroot()
    bars = [[float(y) for y in re.findall(r",([\d.]+)", e.get("points"))] for e in root.iter(SVG + "polygon")
            if e.get("fill") == "rgb(213,  94,   0)"]
    foot = max((max(heights) for heights in bars), default=0)  # the legend's is above it
    return max((foot - min(heights) for heights in bars if max(heights) == foot), default=0)


def plot(*arguments, **environment):
    return berth("plot", *arguments, **environment)


def update(at, revision):
    """A new revision of web, the same in all but its number, and its deployment."""
    definition = {**system()["taskDefinitions"][0]}
    return [{"at": at, "registerTaskDefinition": definition},
            {"at": at, "updateService": {"service": "web", "taskDefinition": f"web:{revision}"}}]


def scaled(**changes):
    """A service that follows its requests: 30 a second for each task, a step to 150 at 10 min."""
    target = {"ServiceNamespace": "ecs", "ResourceId": "service/default/web",
              "ScalableDimension": "ecs:service:DesiredCount"}
    metric = {"Namespace": "AWS/ApplicationELB", "Period": 60, "EvaluationPeriods": 1,
              "Dimensions": [{"Name": "TargetGroup", "Value": "targetgroup/web/1"}]}
    return system(
        name="scaled", expect=[], duration="40m", start="2026-11-21T08:00:00Z",
        traffic=[{"targetGroup": "web", "requestsPerSecond":
                  {"points": [["0s", 90], ["10m", 150]], "interpolate": "step"}}],
        scalableTargets=[{**target, "MinCapacity": 2, "MaxCapacity": 8}],
        scalingPolicies=[{**target, "PolicyName": "track", "PolicyType": "TargetTrackingScaling",
                          "TargetTrackingScalingPolicyConfiguration": {
                              "TargetValue": 1800, "PredefinedMetricSpecification": {
                                  "PredefinedMetricType": "ALBRequestCountPerTarget",
                                  "ResourceLabel": "app/web/1/targetgroup/web/2"}}}],
        alarms=[{**metric, "AlarmName": "busy", "MetricName": "RequestCount", "Statistic": "Sum",
                 "Threshold": 6000, "ComparisonOperator": "GreaterThanThreshold"},
                {**metric, "AlarmName": "thin", "MetricName": "HealthyHostCount",
                 "Statistic": "Minimum", "Threshold": 3, "ComparisonOperator": "LessThanThreshold"}],
        **changes)


with test("a folder gets each kind of picture, and their names are printed"):
    folder = f"{FOLDER}/out/"
    outcome = plot(RESULT, "-o", folder)
    equal((outcome.status, outcome.err), (0, ""))
    names = ["stage01-deploy-auth.svg", "stage01-load-auth.svg", "stage01-load-random.svg",
             "stage01-packing-cpu.svg", "stage01-packing-memory.svg"]
    equal(outcome.out.split(), [folder + name for name in names])
    equal(sorted(os.listdir(folder)), names)

with test("the deploy picture names service, axes with units and every line"):
    words = texts(f"{FOLDER}/out/stage01-deploy-auth.svg")
    for part in ("auth: deploy of auth:2, completed after", "simulated time (min)", "tasks",
                 "desired", "running", "healthy", "pending", "min to max", "no request failed of ", "offered"):
        contains(words, part)
    lacks(words, "failed/s")  # no panel without anything in it

with test("a folder gets every deployment after the first of each service"):
    several = system(timeline=update("3m", 2) + update("8m", 3), expect=[])
    del several["name"]
    berth("run", write(FOLDER, "several.json", several), "-o", f"{FOLDER}/several.h5")
    equal(plot(f"{FOLDER}/several.h5", "-o", f"{FOLDER}/several/").status, 0)
    deploys = sorted(name for name in os.listdir(f"{FOLDER}/several") if "deploy" in name)
    equal(deploys, ["several-deploy-web-2.svg", "several-deploy-web-3.svg"])
    for number in (2, 3):
        contains(texts(f"{FOLDER}/several/several-deploy-web-{number}.svg"), f"deploy of web:{number},")
    outcome = plot(f"{FOLDER}/several.h5", "-o", f"{FOLDER}/", "--kind", "deploy", "--deployment", 2)
    equal(outcome.out.split(), [f"{FOLDER}/several-deploy-web-2.svg"])

with test("a heading has no colon where the scenario has no name"):
    words = texts(f"{FOLDER}/several/several-packing-cpu.svg")
    true(": CPU" not in words or "several: CPU" in words, words)

with test("names that differ only in what a path cannot hold keep a picture each"):
    alike = system(expect=[], traffic=[], targetGroups=[], services=[
        {"serviceName": name, "taskDefinition": "web", "desiredCount": 1} for name in ("a b", "a?b")])
    berth("run", write(FOLDER, "alike.json", alike), "-o", f"{FOLDER}/alike.h5")
    outcome = plot(f"{FOLDER}/alike.h5", "-o", f"{FOLDER}/alike/", "--kind", "deploy")
    equal((outcome.status, outcome.err), (0, ""))
    equal(sorted(os.listdir(f"{FOLDER}/alike")), ["alike-deploy-a_b.svg", "alike-deploy-a_b_.svg"])

with test("the packing pictures have a line an instance"):
    for resource, title in (("cpu", "CPU"), ("memory", "memory")):
        words = texts(f"{FOLDER}/out/stage01-packing-{resource}.svg")
        for part in (f"stage01: {title} reserved", "i-000001", "i-000002", "reserved (%)"):
            contains(words, part)

with test("the ending of the file decides the format"):
    for name, start in (("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml"),
                        ("a.txt", b"   ")):
        path = pathlib.Path(FOLDER, name)
        outcome = plot(RESULT, "-o", path)
        equal(outcome.status, 0, outcome.err)
        equal(path.read_bytes()[:len(start)], start)
    equal([name for name in os.listdir(FOLDER) if name.endswith(".tmp")], [])

with test("an ending that is no format is refused, unless --format says what to write"):
    outcome = plot(RESULT, "-o", f"{FOLDER}/a.jpg")
    equal((outcome.status, outcome.out), (2, ""))
    contains(outcome.err, "unknown ending .jpg")
    true(not os.path.exists(f"{FOLDER}/a.jpg"), "a.jpg was made")
    equal(plot(RESULT, "-o", f"{FOLDER}/a.plan", "--format", "text").status, 0)
    equal(plot(RESULT, "-o", f"{FOLDER}/a.b", "--format", "svg").status, 0)
    equal(plot(RESULT, "-o", f"{FOLDER}/SMALL.SVG").status, 0)
    equal(open(f"{FOLDER}/SMALL.SVG", "rb").read(5), b"<?xml")

with test("a picture never replaces the result it is drawn from"):
    before = open(RESULT, "rb").read()
    for more in ([], ["--format", "svg"]):
        outcome = plot(RESULT, "-o", f"{FOLDER}/./{os.path.basename(RESULT)}", *more)
        equal((outcome.status, outcome.out), (2, ""))
        contains(outcome.err, "is the result that is read")
    true(open(RESULT, "rb").read() == before, "the result is another")

with test("the same picture twice is the same bytes"):
    for name in ("one.svg", "two.svg", "one.png", "two.png"):
        plot(RESULT, "-o", f"{FOLDER}/{name}")
    for ending in ("svg", "png"):
        one, two = (pathlib.Path(FOLDER, f"{n}.{ending}").read_bytes() for n in ("one", "two"))
        true(one == two, ending)

with test("without -o it is drawn as text, plain unless asked"):
    outcome = plot(RESULT)
    equal(outcome.status, 0)
    for part in ("auth: deploy of auth:2", "desired", "simulated time (min)"):
        contains(outcome.out, part)
    lacks(outcome.out, "\033")
    contains(plot(RESULT, "--color", "always").out, "\033[")
    contains(plot(RESULT, "--kind", "packing-cpu").out, "█")

with test("the window is the deployment, --whole and --from --to change it"):
    def axis(*more):
        return plot(RESULT, *more).out.rstrip().split("\n")[-2].split()
    equal(axis()[0], "4")
    equal((axis("--whole")[0], axis("--whole")[-1]), ("0", "40"))
    equal((axis("--from", "10m", "--to", "20m")[0], axis("--from", "10m", "--to", "20m")[-1]),
          ("10", "20"))

with test("an unfinished deployment and a service that was never deployed again are drawn"):
    stuck = f"{FOLDER}/stuck.h5"
    berth("run", ROOT / "scenarios/seeds/stage01-min100.json", "-o", stuck)
    contains(plot(stuck).out, "not completed by the end of the run")
    contains(plot(RESULT, "--service", "random").out, "random: no deployment but the first")

with test("names cannot run commands or end strings, not even in gnuplot"):
    name = "it's \"q\" `touch PWNED` $(touch PWNED) @x {/Bold y} \\"
    scenario = system()
    scenario["services"][0]["serviceName"] = name
    scenario["expect"] = []
    odd = f"{FOLDER}/odd.h5"
    equal(berth("run", write(FOLDER, "odd.json", scenario), "-o", odd).status, 0)
    outcome = plot("odd.h5", "-o", "odd.svg", "--service", name, cwd=FOLDER)
    equal(outcome.status, 0, outcome.err)
    contains(texts(f"{FOLDER}/odd.svg"), name)
    true(not os.path.exists(f"{FOLDER}/PWNED"), "a command ran")
    equal(plot("odd.h5", "-o", "odd/", cwd=FOLDER).status, 0)
    equal(len(os.listdir(f"{FOLDER}/odd")), 4)

with test("requests are counted while the deployment ran, as in the summary, and those around it apart"):
    crash = system(timeline=update("3m", 2) + update("8m", 3) + [
        {"at": "8m30s", "crashTasks": {"service": "web", "count": 4}}], expect=[])
    berth("run", write(FOLDER, "crash.json", crash), "-o", f"{FOLDER}/crash.h5")
    plot(f"{FOLDER}/crash.h5", "-o", f"{FOLDER}/crash.svg")
    words = texts(f"{FOLDER}/crash.svg")
    contains(words, "no request failed of ")
    contains(words, "offered while it ran; ")
    contains(words, "failed before or after")
    contains(words, "502")
    contains(words, "failed/s")
    plot(f"{FOLDER}/crash.h5", "-o", f"{FOLDER}/narrow.svg", "--from", "10m", "--to", "11m")
    lacks(texts(f"{FOLDER}/narrow.svg"), "pending")
    lacks(texts(f"{FOLDER}/narrow.svg"), "502")

with test("a blue/green deploy shows what each target group is offered, and that it was rolled back"):
    berth("run", ROOT / "scenarios/examples/blue-green.json", "-o", f"{FOLDER}/green.h5")
    plot(f"{FOLDER}/green.h5", "-o", f"{FOLDER}/green.svg", "--kind", "deploy")
    words = texts(f"{FOLDER}/green.svg")
    for part in ("rolled back after 3 min", "offered/s", "shop-blue", "shop-green", "failed/s", "application"):
        contains(words, part)
    lacks(texts(f"{FOLDER}/crash.svg"), "offered/s")
    rows = [row.partition("|")[2] for row in plot(f"{FOLDER}/green.h5").out.split("\n")]
    for letter in "12":
        true(any(row.count(letter) > 20 for row in rows), f"no line of {letter}")

with test("without traffic only the tasks are drawn"):
    quiet = system(traffic=[], expect=[], timeline=update("3m", 2))
    berth("run", write(FOLDER, "quiet.json", quiet), "-o", f"{FOLDER}/quiet.h5")
    plot(f"{FOLDER}/quiet.h5", "-o", f"{FOLDER}/quiet.svg")
    lacks(texts(f"{FOLDER}/quiet.svg"), "failed/s")
    contains(texts(f"{FOLDER}/quiet.svg"), "simulated time")
    lacks(plot(f"{FOLDER}/quiet.h5").out, "failed/s")

with test("in text, lines that meet are all seen"):
    rows = [row.partition("|")[2] for row in plot(RESULT).out.split("\n")]
    true(any(set("o#-") <= set(row) for row in rows), "a line is hidden")

with test("an instance that is not registered is hatched and in the legend, only where there is one"):
    lost = system(timeline=[{"at": "8m", "terminateInstances": {"instances": ["i-000002"]}}], expect=[])
    berth("run", write(FOLDER, "lost.json", lost), "-o", f"{FOLDER}/lost.h5")
    plot(f"{FOLDER}/lost.h5", "-o", f"{FOLDER}/lost.svg", "--kind", "packing-cpu")
    contains(texts(f"{FOLDER}/lost.svg"), "not registered")
    lacks(texts(f"{FOLDER}/out/stage01-packing-cpu.svg"), "not registered")
    contains(plot(f"{FOLDER}/lost.h5", "--kind", "packing-cpu").out, "blank: not registered")

with test("draining instances and lost agents are hatched, within the time shown"):
    away = system(expect=[], cluster={"containerInstances": [{"vcpu": 2, "memoryMiB": 2000, "count": 3}]}, timeline=[
        {"at": "5m", "updateContainerInstancesState": {"containerInstances": ["i-000002"], "status": "DRAINING"}},
        {"at": "6m", "disconnectAgents": {"instances": ["i-000003"], "duration": "6m"}}])
    berth("run", write(FOLDER, "away.json", away), "-o", f"{FOLDER}/away.h5")
    plot(f"{FOLDER}/away.h5", "-o", f"{FOLDER}/away.svg", "--kind", "packing-cpu")
    for part in ("draining", "agent disconnected"):
        contains(texts(f"{FOLDER}/away.svg"), part)
        lacks(texts(f"{FOLDER}/lost.svg"), part)
    plot(f"{FOLDER}/away.h5", "-o", f"{FOLDER}/early.svg", "--kind", "packing-cpu", "--to", "7m")
    contains(texts(f"{FOLDER}/early.svg"), "draining")
    lacks(texts(f"{FOLDER}/early.svg"), "agent disconnected")

with test("the load picture has its panels, thresholds and decisions, and the time of the wall clock"):
    log = berth("run", write(FOLDER, "scaled.json", scaled()), "-o", f"{FOLDER}/scaled.h5", "--quiet",
                "--events", "-").out
    decisions = [e for e in map(json.loads, log.splitlines()) if e["event"] == "scaling.decision"]
    applied = [e["to"] - e["from"] for e in decisions if e["outcome"] == "applied"]
    out, back = sum(step > 0 for step in applied), sum(step < 0 for step in applied)
    true(out > 0 and back > 0, log)
    outcome = plot(f"{FOLDER}/scaled.h5", "-o", f"{FOLDER}/load.svg", "--kind", "load")
    equal((outcome.status, outcome.err), (0, ""))
    words = texts(f"{FOLDER}/load.svg")
    for part in ("scaled: load of web", "requests/s", "offered", "allowed", "tasks", "desired", "running",
                 "healthy", "instances", "busy > 100", "thin < 3", "in ALARM", "time (UTC)", "08:00",
                 "08:30", f"▲ {out} out, ▼ {back} in, × "):
        contains(words, part)
    for part in ("memory", "CPU", "USD", "simulated time"):  # nothing of that is there
        lacks(words, part)

with test("the load picture shows use, latency and cost where there is any, and failures with their share"):
    richer = system(expect=[], timeline=[{"at": "8m", "crashTasks": {"service": "web", "count": 4}}],
                    cluster={"containerInstances": [{"instanceType": "m6i.large", "count": 2}]})
    richer["behavior"]["web"].update(memory={"idleMiB": 64}, cpu={"idleUnits": 5, "secondsPerRequest": 0.004})
    berth("run", write(FOLDER, "richer.json", richer), "-o", f"{FOLDER}/richer.h5")
    plot(f"{FOLDER}/richer.h5", "-o", f"{FOLDER}/richer.svg", "--kind", "load")
    words = texts(f"{FOLDER}/richer.svg")
    for part in ("used (%)", "CPU", "memory", "latency (ms)", "mean", "p50", "p95", "p99", "USD an hour", "cost", "requests failed (", "simulated time (min)"):
        contains(words, part)
    for part in ("▲", "allowed", "UTC", "ALARM", "worst", "groups:", "reservation"):
        lacks(words, part)

with test("the load picture is drawn as text, for the service and the time asked for"):
    text = plot(f"{FOLDER}/scaled.h5", "--kind", "load", "--service", "web", "--from", "5m", "--to", "20m").out
    for part in ("scaled: load of web", "offered", "healthy", "08:10", "08:15"):
        contains(text, part)
    lacks(text, "08:30")
    equal([row for row in text.split("\n") if len(row) > 100], [])
    contains(plot(RESULT, "--kind", "load", "--service", "random").out, "load of random")

with test("the counts of decisions are those of the metrics, from the end of the warmup on"):
    first = min(e["t"] for e in decisions if e["outcome"] == "applied")
    path = write(FOLDER, "warm.json", scaled(warmup=f"{first + 1}s"))
    metrics = json.loads(berth("run", path, "-o", f"{FOLDER}/warm.h5", "--json").out)["metrics"]
    counts = [metrics[f"services.web.scaling.{name}"] for name in ("out", "in", "blocked")]
    equal(counts[0], out - 1)
    true(all(counts), counts)
    plot(f"{FOLDER}/warm.h5", "-o", f"{FOLDER}/warm.svg", "--kind", "load")
    contains(texts(f"{FOLDER}/warm.svg"), "▲ %d out, ▼ %d in, × %d blocked after the warmup" % tuple(counts))

with test("names of thresholds stand right of the panels, apart from each other"):
    close = scaled()
    for number in range(3):
        close["alarms"].append({**close["alarms"][0], "AlarmName": f"close-{number}", "Threshold": 6000 + number})
    berth("run", write(FOLDER, "close.json", close), "-o", f"{FOLDER}/close.h5")
    plot(f"{FOLDER}/close.h5", "-o", f"{FOLDER}/close.svg", "--kind", "load")
    names = places(f"{FOLDER}/close.svg", ("busy > ", "close-", "thin < "))
    equal(len(names), 5)
    true(all(x > 819 for x, _ in names), names)
    heights = sorted(y for _, y in names)
    true(all(after - before > 12 for before, after in zip(heights, heights[1:])), names)

with test("a short peak of failures is as high in the picture of a day as in that of its minutes"):
    day = system(expect=[], duration="24h", warmup="5m", timeline=[{"at": "8h", "crashTasks": {"service": "web", "count": 4}}])
    berth("run", write(FOLDER, "day.json", day), "-o", f"{FOLDER}/day.h5")
    peaks = []
    for name, window in (("whole", ()), ("near", ("--from", "7h50m", "--to", "8h20m"))):
        plot(f"{FOLDER}/day.h5", "-o", f"{FOLDER}/{name}.svg", "--kind", "load", *window)
        peaks.append(failed_height(f"{FOLDER}/{name}.svg"))
    true(peaks[1] > 20 and peaks[0] > 0.7 * peaks[1], peaks)
    contains(texts(f"{FOLDER}/whole.svg"), "each bar: the worst 9.6 s in it")
    lacks(texts(f"{FOLDER}/near.svg"), "worst")
    contains(plot(f"{FOLDER}/day.h5", "--kind", "load").out, "failed (worst")

with test("decisions of Auto Scaling groups and the reservation of capacity providers are in the load picture"):
    log = berth("run", ROOT / "scenarios/examples/capacity-provider-from-zero.json", "-o", f"{FOLDER}/zero.h5", "--quiet",
                "--events", "-").out
    applied = [e["to"] - e["from"] for e in map(json.loads, log.splitlines())
               if e["event"] == "scaling.decision" and e.get("autoScalingGroup") == "web"]
    out, back = sum(step > 0 for step in applied), sum(step < 0 for step in applied)
    true(out > 0 and back > 0, log)
    plot(f"{FOLDER}/zero.h5", "-o", f"{FOLDER}/zero.svg", "--kind", "load")
    for part in (f"groups: ▲ {out} out, ▼ {back} in, × 0 blocked", "reservation (%)", "target = 100"):
        contains(texts(f"{FOLDER}/zero.svg"), part)
    text = plot(f"{FOLDER}/zero.h5", "--kind", "load").out
    for part in ("reservation (%)", f"groups: ▲ {out} out"):
        contains(text, part)

with test("a result without the event log has the load picture without decisions"):
    berth("run", f"{FOLDER}/scaled.json", "-o", f"{FOLDER}/quieter.h5", "--detail", "series")
    equal(plot(f"{FOLDER}/quieter.h5", "-o", f"{FOLDER}/quieter.svg", "--kind", "load").status, 0)
    words = texts(f"{FOLDER}/quieter.svg")
    contains(words, "busy > 100")
    lacks(words, "▲")

with test("a short time late in a run has hours, minutes and seconds"):
    contains(plot(RESULT, "--from", "30m", "--to", "31m").out, "simulated time (min:s)")
    contains(plot(RESULT, "--from", "30m", "--to", "31m").out, "30:30")

with test("without instances there is no packing picture, and asking for one is refused"):
    berth("run", ROOT / "scenarios/seeds/tutorial-site.json", "-o", f"{FOLDER}/fargate.h5")
    outcome = plot(f"{FOLDER}/fargate.h5", "-o", f"{FOLDER}/fargate/")
    equal((outcome.status, outcome.err), (0, ""))
    equal(sorted(os.listdir(f"{FOLDER}/fargate")), ["fargate-deploy-site.svg", "fargate-load-site.svg"])
    contains(texts(f"{FOLDER}/fargate/fargate-load-site.svg"), "USD an hour")
    outcome = plot(f"{FOLDER}/fargate.h5", "--kind", "packing-cpu")
    equal(outcome.status, 2)
    contains(outcome.err, "holds no instance")

with test("without services a folder gets the packing pictures, and asking for another is refused"):
    alone = system(expect=[], traffic=[], services=[], targetGroups=[], timeline=[
        {"at": "1m", "runTask": {"taskDefinition": "web", "count": 2}}])
    berth("run", write(FOLDER, "alone.json", alone), "-o", f"{FOLDER}/alone.h5")
    outcome = plot(f"{FOLDER}/alone.h5", "-o", f"{FOLDER}/alone/")
    equal((outcome.status, outcome.err), (0, ""))
    equal(sorted(os.listdir(f"{FOLDER}/alone")), ["alone-packing-cpu.svg", "alone-packing-memory.svg"])
    for kind in ("deploy", "load"):
        outcome = plot(f"{FOLDER}/alone.h5", "--kind", kind)
        equal((outcome.status, outcome.out), (2, ""))
        contains(outcome.err, "no deployment")

with test("many instances share lines"):
    scenario = system(cluster={"containerInstances": [
        {"vcpu": 2, "memoryMiB": 2000, "count": 900, "availabilityZones": ["a", "b"]}]})
    many = f"{FOLDER}/many.h5"
    berth("run", write(FOLDER, "many.json", scenario), "-o", many)
    plot(many, "-o", f"{FOLDER}/many.svg", "--kind", "packing-cpu")
    contains(texts(f"{FOLDER}/many.svg"), "instances, 5 a line")

with test("what the result does not hold is refused, status 2"):
    slim = f"{FOLDER}/slim.h5"
    berth("run", STAGE01, "-o", slim, "--detail", "summary")
    for arguments, message in [
        (["--service", "aut"], "did you mean 'auth'?"),
        (["--deployment", "9"], "no deployment 9"),
        (["--deployment", "0"], "numbered from 1"),
        (["--from", "20m", "--to", "10m"], "empty"),
        (["--from", "soon"], "--from soon"),
    ]:
        outcome = plot(RESULT, *arguments)
        equal((outcome.status, outcome.out), (2, ""), str(arguments))
        contains(outcome.err, message)
    equal(plot(slim).status, 2)
    equal(plot(slim, "-o", f"{FOLDER}/slim/").status, 2)
    equal(plot(slim, "--kind", "packing-cpu").status, 2)
    outcome = plot(slim, "--kind", "load")
    equal((outcome.status, outcome.out), (2, ""))
    contains(outcome.err, "less --detail")
    equal(plot(RESULT, "--kind", "load", "--service", "aut").status, 2)
    equal(plot(RESULT, "--kind", "load", "--from", "20m", "--to", "10m").status, 2)
    equal(plot(f"{FOLDER}/none.h5").status, 2)
    equal(plot(STAGE01).status, 2)

with test("a missing gnuplot is status 3, names the package and keeps what was there"):
    kept = write(FOLDER, "kept.svg", "precious")
    outcome = plot(RESULT, "-o", kept, PATH="/nonexistent")
    equal(outcome.status, 3)
    contains(outcome.err, "gnuplot-nox")
    equal(kept.read_text(), "precious")

with test("a gnuplot that fails is status 3 with its message"):
    broken = pathlib.Path(FOLDER, "bin/gnuplot")
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'line 0: out of ink' >&2\nexit 1\n")
    broken.chmod(0o755)
    outcome = plot(RESULT, "-o", kept, PATH=f"{broken.parent}:{os.environ['PATH']}")
    equal(outcome.status, 3)
    contains(outcome.err, "out of ink")
    equal(kept.read_text(), "precious")

with test("a picture that cannot be written is status 3"):
    equal(plot(RESULT, "-o", f"{FOLDER}/none/a.svg").status, 3)
    outcome = plot(RESULT, "-o", "/dev/full", "--format", "svg")
    equal(outcome.status, 3)
    contains(outcome.err, "/dev/full: No space left on device")
    with open("/dev/full", "w") as full:
        equal(plot(RESULT, stdout=full).status, 3)

shutil.rmtree(FOLDER)
end()
