"""Goal: services scale under offered traffic as people who run them see it, end to end.
Method: small systems worked by hand, the shipped examples, and where it is there a real series of requests."""
import csv
import json
import math
import tempfile

import h5py

from program import *

EXAMPLES = ROOT / "scenarios/examples"
REAL = ROOT.parent / "shared/data/traffic/elb_request_count_8c0756.csv"


def tracked(rate, **changes):
    """One task that serves 10 requests a second by its policy's target, healthy 5 s after its start."""
    scenario = system(
        name="tracked", duration="1h", start="2026-03-02T00:00:00Z",
        traffic=[{"targetGroup": "web", "requestsPerSecond": rate}], expect=[],
        behavior={"web": {"startup": 3}},
        scalableTargets=[{"ServiceNamespace": "ecs", "ResourceId": "service/default/web",
                          "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 1, "MaxCapacity": 8}],
        scalingPolicies=[{
            "PolicyName": "requests", "ServiceNamespace": "ecs", "ResourceId": "service/default/web",
            "ScalableDimension": "ecs:service:DesiredCount", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 600, "ScaleOutCooldown": 60, "ScaleInCooldown": 300,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget",
                                                  "ResourceLabel": "app/web/1/targetgroup/web/2"}}}],
        **changes)
    scenario["services"][0]["desiredCount"] = 1
    return scenario


def events(path, *kinds):
    log = berth("run", path, "--events", "-", "--quiet")
    return [e for e in map(json.loads, log.out.splitlines()) if e["event"] in kinds]


def metrics(path, *options):
    outcome = berth("run", path, "--json", "--quiet", *options)
    true(outcome.status in (0, 1), outcome.err)
    return json.loads(outcome.out)["metrics"]


with tempfile.TemporaryDirectory() as folder:
    with test("the same rates as points and as a CSV column, with and without timestamps, are the same"):
        rates = [10, 10, 14.5, 0.25, 30]
        points = {"points": [[f"{5 * i}m", r] for i, r in enumerate(rates)], "interpolate": "step"}
        write(folder, "plain.csv", "value,other\n" + "".join(f"{r},x\n" for r in rates))
        # CRLF, quotes, a row before the start; requests in five minutes instead of a second
        write(folder, "stamped.csv", "name,timestamp,requests\r\n" + "".join(
            f'"a, b",2026-03-02 00:{5 * i:02}:00,{r * 300}\r\n' for i, r in enumerate(rates)))
        earlier = (pathlib.Path(folder) / "stamped.csv").read_text().replace(
            "requests\n", 'requests\nx,2026-03-01T23:50:00Z,77\n')
        write(folder, "stamped.csv", earlier)
        seen = set()
        for rate in (points, {"csv": "plain.csv", "period": "5m"},
                     {"csv": "stamped.csv", "column": "requests", "scale": 1 / 300},
                     {"sum": [0, {"csv": "plain.csv", "period": 300}]}):
            m = metrics(write(folder, "s.json", tracked(rate)))
            seen.add((round(m["services.web.requests.offered"], 6), m["services.web.scaling.out"],
                      m["services.web.tasks.running.mean"]))
        equal(seen, {(300 * 34.75 + 2400 * 30, 2, next(iter(seen))[2])})

    with test("A61, A62: three minutes, the delay of a minute and the start are the reaction; a second step on "
              "the old datapoint is no reaction"):
        path = write(folder, "step.json", tracked({"points": [["0s", 9], ["20m", 15]], "interpolate": "step"}))
        decisions = events(path, "scaling.decision")
        equal([(e["t"], e["from"], e["to"]) for e in decisions if e["outcome"] == "applied"],
              [(1440, 1, 2), (1500, 2, 3), (2400, 3, 2)])
        healthy = [e["t"] for e in events(path, "task.healthy")]
        true(1440 < healthy[1] < 1460, healthy)
        equal(round(metrics(path)["services.web.scaling.reaction.seconds"], 6), round(healthy[1] - 1200, 6))

with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as elsewhere:
    with test("what a CSV holds is part of the scenario as run: the result gives it again without the file"):
        write(folder, "rates.csv", "value\n10\n25\n5\n")
        path = write(folder, "s.json", tracked({"sum": [1, {"csv": "rates.csv", "period": "10m"}]}))
        result = pathlib.Path(elsewhere) / "s.h5"
        first = berth("run", path, "-o", result)
        with h5py.File(result) as f:
            text = f["scenario"].asstr()[()]
        again = berth("run", write(elsewhere, "again.json", json.loads(text)))
        equal(again.status, first.status, again.err)
        equal(again.out.splitlines()[-1], first.out.splitlines()[-1])

with test("a backlog's crossing of the target, between two changes, until the workers asked for work on it"):
    path = EXAMPLES / "queue-workers.json"
    running = [e["t"] for e in events(path, "task.running")]
    # four workers serve 4 x 4 / mean of the lognormal; beyond 4 x 120 messages the backlog is above its target
    served = 16 / (1.6 * math.exp(0.125))
    crossed = 3600 + 480 / (40 - served)
    true(running[23] > 3840, running)
    equal(round(metrics(path)["services.worker.scaling.reaction.seconds"], 3), round(running[23] - crossed, 3))

with test("a shorter way from the load to the alarm reacts sooner and lacks fewer tasks"):
    runs = [metrics(EXAMPLES / f"{name}.json") for name in
            ("target-tracking-fast", "target-tracking", "target-tracking-late-metrics")]
    for name in ("scaling.reaction.seconds", "underprovisioned.task_seconds"):
        values = [m["services.shop." + name] for m in runs]
        true(values == sorted(values) and values[0] < values[2], f"{name}: {values}")

with test("A44: the deployment alone holds the scale-in back"):
    path = EXAMPLES / "scale-in-while-deploying.json"
    blocked, free = metrics(path), metrics(path, "--set", "/timeline=[]")
    equal((blocked["services.shop.scaling.in"], free["services.shop.scaling.in"]), (1, 1))
    true(blocked["services.shop.overprovisioned.task_seconds"] >
         3 * free["services.shop.overprovisioned.task_seconds"], blocked)
    outcomes = [e["outcome"] for e in events(path, "scaling.decision")]
    equal(outcomes[:2], ["blockedByDeployment", "applied"])

NAME = "a load balancer's real requests, every five minutes for two weeks, are followed"
if not REAL.exists():
    skip(NAME, "no ../shared/data/traffic")
else:
    with test(NAME), tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "real.csv").write_bytes(REAL.read_bytes())
        # up to 656 requests in five minutes, here a hundred times as many: 218.7 a second
        write(folder, "real.json", {
            "start": "2014-04-10T00:04:00Z", "duration": "14d",
            "traffic": [{"targetGroup": "shop", "requestsPerSecond": {"csv": "real.csv", "scale": 100 / 300}}]})
        path = EXAMPLES / "night-and-morning.json"
        options = ["--with", f"{folder}/real.json", "--set", "/traffic/0/requestsPerSecond=0",
                   "--set", "/scheduledActions=[]"]
        m = metrics(path, *options)
        with open(REAL, newline="") as f:
            offered = 100 * sum(float(row["value"]) for row in csv.DictReader(f))
        got = m["services.shop.requests.offered"]
        true(abs(got / offered - 1) < 0.01, f"{got} of {offered}")
        # 1200 requests a minute a task: what the mean asks for, plus the 10 % and the 15 minutes of scale-in
        need = offered / (14 * 1440 * 1200)
        true(need < m["services.shop.tasks.running.mean"] < 2 * need + 2, m["services.shop.tasks.running.mean"])
        true(m["services.shop.scaling.out"] > 50 and m["services.shop.scaling.in"] > 50, m)
        true(240 < m["services.shop.scaling.reaction.seconds"] < 420, m["services.shop.scaling.reaction.seconds"])
        # its spikes come faster than tasks do
        true(0.97 < m["services.shop.availability"] < 1, m["services.shop.availability"])

with test("the summary tells what an Auto Scaling group did, and how long its last refresh took"):
    told = berth("run", EXAMPLES / "instance-refresh.json").out
    table = told[told.index("Auto Scaling group "):].split("\n")
    equal(table[0].split(), "Auto Scaling group launches terminations flaps last refresh".split())
    equal(table[1].split(), ["web", "20", "20", "9", "3m", "00s"])
    true("Auto Scaling group" not in berth("run", EXAMPLES / "memory-leak.json").out, "no group, no table")

end()
