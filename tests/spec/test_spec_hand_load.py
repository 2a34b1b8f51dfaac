"""Goal: load balancing, traffic, CPU, memory and queues do what their rules say, where somebody who did not write them
worked out the result by hand. Method: small scenarios through `berth run`; times, requests and shares stand here as the
rule's text gives them.

    test_spec_hand_load.py BERTH ROOT
"""
import copy
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hand import *  # noqa: E402

HEALTH = "target_group_health."


def failing(how="refuse", at=103, **changes):
    return [{"at": at, "failHealthChecks": {"service": "w", "how": how, "count": 1, **changes}}]


def to(tasks, at, service="w"):
    return [{"at": at, "updateService": {"service": service, "desiredCount": tasks}}]


# ---- Checks ----

with test("detection by refusal, hang and code; recovery; the cadence stays (L14, L22, L26-L28, L30)"):
    for how, down, reason in [("refuse", 120, "Target.FailedHealthChecks"), ("hang", 125, "Target.Timeout"),
                              (503, 120, "Target.ResponseCodeMismatch")]:
        run = Run(scenario(2, service=LASTING, timeline=failing(how, duration=100)))
        equal([(e["t"], e["reason"]) for e in run.of("target.unhealthy")], [(down, reason)])
        equal(run.times("target.healthy")[2:], [250])  # passes at 210, ..., 250
    run = Run(scenario(2, service=LASTING, timeline=failing(duration=100),
                       group={"UnhealthyThresholdCount": 4, "HealthyThresholdCount": 3}))
    equal((run.times("target.unhealthy"), run.times("target.healthy")[2:]), ([140], [230]))
    for code, want in [(404, []), (405, [120])]:  # L15
        run = Run(scenario(2, service=LASTING, timeline=failing(code), group={"Matcher": {"HttpCode": "200,400-404"}}))
        equal(run.times("target.unhealthy"), want)

with test("one failure in two never turns a target unhealthy (L22)"):
    run = Run(scenario(1, service=LASTING, timeline=[
        {"at": 105, "every": 20, "until": 400, "failHealthChecks": {"service": "w", "duration": 10}}]))
    equal(run.times("target.unhealthy"), [])

with test("initial: one pass, U failures, or as many passes as the knob says; a delay before (L21, L23, L26)"):
    for changes, unhealthy, healthy in [
            ({"behavior": {"startup": 35}}, [10], [80]),
            ({"behavior": {"startup": 35}, "group": {"UnhealthyThresholdCount": 10}}, [], [40]),
            ({"controlPlane": {"initialHealthyChecks": "threshold"}}, [], [40]),
            ({"controlPlane": {"initialHealthyChecks": 3}}, [], [20]),
            ({"controlPlane": {"registrationDelaySeconds": 7}}, [], [7])]:
        run = Run(scenario(1, service=LASTING, **changes))
        equal((run.times("target.unhealthy"), run.times("target.healthy")), (unhealthy, healthy), changes)

with test("a start beyond U checks is killed in a loop, one below is not (L95, L98)"):
    for startup, unhealthy in [(31, [30, 60, 110, 160]), (29, [])]:
        run = Run(scenario(1, duration="3m", group={"HealthCheckIntervalSeconds": 30}, behavior={"startup": startup}))
        equal(run.times("target.unhealthy"), unhealthy)


# ---- Drains and errors ----

with test("drains: the whole delay, then SIGTERM, then stopTimeout; what is left is cut (L70, L80, L81, L91)"):
    run = Run(scenario(4, behavior={"shutdown": 5}, timeline=to(3, 100)))
    equal([run.times(k) for k in ("target.draining", "target.unused", "task.stopping", "task.stopped")],
          [[100], [120], [120], [125]])
    run = Run(scenario(4, behavior={"shutdown": 60}, timeline=to(3, 100)))
    equal([(e["t"], e["exitCode"]) for e in run.of("task.stopped")], [(150, 137)])
    # 2.5 a second: of 40 s each those of the last 20 s; of 0 to 40 s, 2.5 x 20^2 / 80
    for takes, cut in [(40, 50), (15, 0), ({"uniform": {"min": 0, "max": 40}}, 12.5)]:
        run = Run(scenario(4, 10, behavior={"requestSeconds": takes}, timeline=to(3, 100)))
        near(run["requests.failed.502"], cut, .3)
        near(run["requests.failed"], cut, .3)

with test("stopTask: SIGTERM at once; a crash cuts what is under way; so does a lost instance (L32, L75, L92)"):
    for action, takes, cut in [({"stopTask": {"service": "w", "count": 1}}, 40, 87.5),  # arrived in (65, 100]
                               ({"crashTasks": {"service": "w", "count": 1}}, 4, 10),
                               ({"terminateInstances": {"InstanceIds": ["i-000001"]}}, 4, 20)]:
        run = Run(scenario(4, 10, behavior={"requestSeconds": takes, "shutdown": 5}, timeline=[{"at": 100, **action}]))
        near(run["requests.failed.502"], cut)

with test("502 not listening, 503 nobody, 504 too long, application (L51, L71, L72, L74, L75)"):
    run = Run(scenario(1, 10, service=LASTING, behavior={"startup": 35}, group={"UnhealthyThresholdCount": 10}))
    near(run["requests.failed.502"], 350)
    near(run["fail_open.seconds"], 40)
    near(Run(scenario(0, 10, timeline=to(1, 60)))["requests.failed.503"], 600)
    near(Run(scenario(1, 10, timeline=to(0, 100)))["requests.failed.503"], 5000)  # draining only, then none
    near(Run(scenario(1, 10, behavior={"requestSeconds": 70}))["requests.failed.504"], 6000)
    near(Run(scenario(1, 10, behavior={"requestSeconds": {"uniform": {"min": 0, "max": 80}}}))["requests.failed.504"],
         1500, 5)
    near(Run(scenario(1, behavior={"requestSeconds": 50}, traffic=[
        {"targetGroup": "g", "requestsPerSecond": 10, "timeout": 30}]))["requests.failed.504"], 6000)
    run = Run(scenario(1, 10, behavior={"errorRate": .25}))
    near(run["requests.failed.application"], 1500)
    near(run["availability"], .75)


# ---- Zones ----

def two_zones(first, second, rate=100, kind="application", attributes={}, balancer={}, **changes):
    """Service w in zone a, v in zone b, in one group: what each gets is its requests.offered."""
    content = scenario(first, rate, zones="ab", attributes=attributes, service={
        **LASTING, "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.availability-zone == a"}]},
        **changes)
    other = copy.deepcopy(content["services"][0])
    other.update(serviceName="v", desiredCount=second, taskDefinition="v:1", placementConstraints=[
        {"type": "memberOf", "expression": "attribute:ecs.availability-zone == b"}])
    content["services"].append(other)
    content["taskDefinitions"].append({**content["taskDefinitions"][0], "family": "v"})
    content["behavior"].setdefault("v", content["behavior"]["w"])
    protocol = "TCP" if kind == "network" else "HTTP"
    content["targetGroups"][0]["Protocol"] = protocol
    content["loadBalancers"] = [{"Name": "lb", "Type": kind, "Subnets": ["a", "b"],
                                 "Attributes": [{"Key": k, "Value": v} for k, v in balancer.items()]}]
    content["listeners"] = [{"Port": 80, "Protocol": protocol,
                             "DefaultActions": [{"Type": "forward", "TargetGroupArn": "g"}]}]
    return content


def offered(run):
    return run["requests.offered"], run["services.v.requests.offered"]


def parts(content, first, second, by=1e-3):
    run = Run(content)
    near(offered(run)[0], first, by)
    near(offered(run)[1], second, by)
    return run


CROSS, OWN = ({"load_balancing.cross_zone.enabled": v} for v in ("true", "false"))
V_FAILS = [{"at": 103, "failHealthChecks": {"service": "v"}}]  # unhealthy at 120
W_FAILS = [{"at": 203, "failHealthChecks": {"service": "w"}}]

with test("cross-zone on and off, by group and by balancer, with its defaults (L57, L58)"):
    at_once = {"controlPlane": {"nlbRegistrationDelaySeconds": 0}}
    parts(two_zones(2, 8), 12000, 48000)
    parts(two_zones(2, 8, attributes=OWN), 30000, 30000)
    parts(two_zones(2, 8, kind="network", **at_once), 30000, 30000)
    parts(two_zones(2, 8, kind="network", balancer=CROSS, **at_once), 12000, 48000)

with test("a zone that fails leaves DNS, clients follow 60 s later, and come back so (L50, L51, L53-L55)"):
    parts(two_zones(2, 2, timeline=V_FAILS), 120 * 50 + 480 * 100, 120 * 50)  # of 4 targets 2 are healthy
    run = parts(two_zones(2, 2, attributes=OWN, timeline=V_FAILS), 180 * 50 + 420 * 100, 180 * 50)
    equal([(e["t"], e["availabilityZone"], e["state"]) for e in run.of("loadBalancer.zone")], [(120, "b", "withdrawn")])
    parts(two_zones(2, 2, attributes=OWN, timeline=V_FAILS, controlPlane={"dnsTtlSeconds": 0}),
          120 * 50 + 480 * 100, 120 * 50)
    back = [{"at": 103, "failHealthChecks": {"service": "v", "duration": 200}}]  # healthy at 350, used at 410
    parts(two_zones(2, 2, attributes=OWN, timeline=back), 180 * 50 + 230 * 100 + 190 * 50, 180 * 50 + 190 * 50)
    # all unhealthy at 220: to all; all zones: all in DNS
    run = parts(two_zones(2, 2, timeline=V_FAILS + W_FAILS), 120 * 50 + 100 * 100 + 380 * 50, 120 * 50 + 380 * 50)
    near(run["fail_open.seconds"], 380)
    parts(two_zones(2, 2, attributes=OWN, timeline=V_FAILS + W_FAILS), 180 * 50 + 100 * 100 + 320 * 50, 180 * 50 + 320 * 50)

with test("thresholds: below the percentage, not on it, and not where zones share; or a count (L52-L54, L56)"):
    half = {f"{HEALTH}{what}.minimum_healthy_targets.percentage": "50"
            for what in ("unhealthy_state_routing", "dns_failover")}
    for count, attributes, first in [(3, {**OWN, **half}, 180 * 50 + 420 * 100), (2, {**OWN, **half}, 30000),
                                     (3, half, 120 * 50 + 480 * 80)]:
        run = Run(two_zones(4, 4, attributes=attributes, timeline=[
            {"at": 103, "failHealthChecks": {"service": "v", "count": count}}]))
        near(offered(run)[0], first)
        equal(len(run.of("loadBalancer.zone")), int(first == 51000))
    count = {f"{HEALTH}{what}.minimum_healthy_targets.count": "3" for what in ("unhealthy_state_routing", "dns_failover")}
    run = parts(two_zones(2, 2, attributes=count, timeline=V_FAILS), 30000, 30000)
    equal(run.times("targetGroup.failOpen")[-1], 120)

with test("a lost zone: no connection for the 60 s that clients need, no answer until checks fail (L55, L72)"):
    content = two_zones(2, 2, timeline=[{"at": 100, "availabilityZoneOutage": {"availabilityZone": "b"}}])
    run = Run(content)  # a's node sends half of 50 a second to b until 115
    near(run["requests.failed.504"], 60 * 50)
    near(run["services.v.requests.failed.504"], 15 * 25)


# ---- Weights ----

def ramp(others, own=1):
    """Requests of 100 a second that `own` targets in slow start get beside `others`: 30 steps of 2 s."""
    return sum(200 * own * w / (own * w + others) for w in ((k + .5) / 30 for k in range(30)))


with test("slow start: linear, anew after recovery, together, and not where nobody else is healthy (L45, L47)"):
    slow = {"slow_start.duration_seconds": "60"}
    parts(two_zones(1, 0, attributes=slow, timeline=to(1, 100, "v")), 60000 - ramp(1) - 440 * 50, ramp(1) + 440 * 50, 1)
    parts(two_zones(2, 0, attributes=slow, timeline=to(2, 100, "v")), 60000 - ramp(2, 2) - 440 * 50,
          ramp(2, 2) + 440 * 50, 1)
    run = Run(two_zones(1, 1, attributes=slow, timeline=[
        {"at": 203, "failHealthChecks": {"service": "v", "duration": 100}}]))  # unhealthy 220-350
    near(offered(run)[1], 220 * 50 + ramp(1) + 190 * 50, 1)
    # alone from 100 on: no slow start for v, but for w at 130; who had none is booked on w
    run = Run(two_zones(1, 0, attributes=slow, timeline=to(0, 50) + to(1, 100, "v") + to(1, 130)))
    near(offered(run)[0], 100 * 100 + ramp(1) + 410 * 50, 1)

with test("least outstanding requests: as many in flight on each; the others: as many requests (L41, L47)"):
    for algorithm, first in [("least_outstanding_requests", 40000), ("round_robin", 30000), ("weighted_random", 30000)]:
        content = two_zones(1, 1, attributes={"load_balancing.algorithm.type": algorithm})
        content["behavior"]["v"] = {"requestSeconds": .2, "cpu": {"secondsPerRequest": .001}}
        near(offered(Run(content))[0], first, 60)

with test("network: healthy after 90 s, connections cut at unhealthy or not, at the delay's end or not (L26, L84, L101)"):
    run = Run(two_zones(1, 1, kind="network"))
    equal(run.times("target.healthy"), [90, 90])
    long = {"w": {"requestSeconds": 20}, "v": {"requestSeconds": 20}}
    http = {"HealthCheckProtocol": "HTTP"}
    for keep, cut in [("true", 75), ("false", 0)]:  # under way and good at 220: those of (200, 203)
        content = two_zones(2, 2, kind="network", balancer=CROSS, timeline=[
            {"at": 203, "failHealthChecks": {"service": "v", "how": 500, "count": 1}}], group=http,
            attributes={"target_health_state.unhealthy.connection_termination.enabled": keep})
        content["behavior"] = long
        near(Run(content)["services.v.requests.failed.502"], cut)
    for cuts, cut in [("false", 0), ("true", 500)]:  # 25 a second of (280, 300] go on at 320; exit at 420
        content = two_zones(2, 2, kind="network", balancer=CROSS, timeline=to(1, 300, "v"),
                            attributes={"deregistration_delay.connection_termination.enabled": cuts})
        content["behavior"] = {n: {"requestSeconds": 40, "shutdown": 100} for n in "wv"}
        for definition in content["taskDefinitions"]:
            definition["containerDefinitions"][0]["stopTimeout"] = 110
        near(Run(content)["services.v.requests.failed.502"], cut)

with test("network: all unhealthy at one instant fail open, so nobody's connections are cut (L29, L51, L101)"):
    content = two_zones(1, 1, kind="network", balancer=CROSS, group={"HealthCheckProtocol": "HTTP"}, timeline=[
        {"at": 203, "failHealthChecks": {"service": s, "how": 500}} for s in "wv"])
    content["behavior"] = long
    run = Run(content)
    equal((run.times("target.unhealthy"), run.times("targetGroup.failOpen")[-1]), ([220, 220], 220))
    equal((run["requests.failed.502"], run["services.v.requests.failed.502"]), (0, 0))

with test("a balancer that lags goes on sending to who has left (L80)"):
    one = Run(two_zones(2, 2, timeline=to(1, 300, "v")))
    late = Run(two_zones(2, 2, timeline=to(1, 300, "v"), controlPlane={"deregistrationLagSeconds": 10}))
    near(offered(late)[1] - offered(one)[1], 10 * (50 - 100 / 3), .01)


# ---- Classic ----

def classic(tasks, rate=10, draining=None, threshold=2, **changes):
    content = scenario(tasks, service=LASTING, **changes)
    content.pop("targetGroups")
    content["services"][0]["loadBalancers"] = [{"loadBalancerName": "b", "containerName": "w", "containerPort": 80}]
    content["taskDefinitions"][0]["containerDefinitions"][0]["portMappings"] = [{"containerPort": 80, "hostPort": 80}]
    content["loadBalancers"] = [{
        "LoadBalancerName": "b", "AvailabilityZones": ["a"],
        "ListenerDescriptions": [{"Listener": {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP",
                                               "InstancePort": 80}}],
        "HealthCheck": {"Target": "HTTP:80/", "Interval": 30, "Timeout": 5, "HealthyThreshold": threshold,
                        "UnhealthyThreshold": 2}}]
    if draining:
        content["loadBalancers"][0]["LoadBalancerAttributes"] = {
            "ConnectionDraining": {"Enabled": True, "Timeout": draining}}
    content["traffic"] = [{"loadBalancer": "b", "requestsPerSecond": rate}]
    return content


with test("classic: ten checks in a row, 503 until then, exactly 200 (L103)"):
    run = Run(classic(1, threshold=10))
    equal(run.times("target.healthy"), [270])
    near(run["requests.failed.503"], 2700)
    equal(Run(classic(1, timeline=failing(301))).times("target.unhealthy"), [150])

with test("classic: a drain ends with the last request, or is forced (L104)"):
    for draining, until, cut in [(100, 307, 0), (5, 305, 10), (None, 300, 35)]:  # 5 a second, 7 s each
        run = Run(classic(2, draining=draining, behavior={"requestSeconds": 7}, timeline=to(1, 300)))
        near(run.times("target.unused")[0], until, .21)  # less than half a request is left
        near(run["requests.failed.502"], cut)


# ---- Rules ----

def ruled(rules, paths, host=None, **changes):
    """Services w, g2 and g3, each with a group of its name; w has the default action."""
    content = scenario(1, duration="100s", zones="ab", **changes)
    for name in ("g2", "g3"):
        service, group = copy.deepcopy(content["services"][0]), copy.deepcopy(content["targetGroups"][0])
        service["serviceName"] = group["Name"] = service["loadBalancers"][0]["targetGroupArn"] = name
        content["services"].append(service)
        content["targetGroups"].append(group)
    content["loadBalancers"] = [{"Name": "lb", "Type": "application", "Subnets": ["a", "b"]}]
    content["listeners"] = [{"Port": 80, "Protocol": "HTTP", "DefaultActions": [
        {"Type": "forward", "TargetGroupArn": "g"}]}]
    content["listenerRules"] = [{"Priority": p, "Conditions": c, "Actions": [a]} for p, c, a in rules]
    content["traffic"] = [{"loadBalancer": "lb", "requestsPerSecond": 100, "paths": paths,
                           **({"host": host} if host else {})}]
    return content


def path(*values):
    return {"Field": "path-pattern", "Values": list(values)}


def forward(**weights):
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": g, "Weight": w} for g, w in weights.items()]}}


with test("rules by priority; *, ? and case; conditions AND, values OR; weights (L40, L60-L63)"):
    api = {"Field": "host-header", "Values": ["*.EXAMPLE.com"]}
    for rules, paths, host, want in [
            ([(10, [path("/img/*")], forward(g2=1)), (5, [path("/img/*/pics")], forward(g3=1))],
             {"/img/a/b/pics": .1, "/img/x": .2, "/IMG/x": .3, "/": .4}, None, (7000, 2000, 1000)),
            ([(10, [path("/a?c", "/zz*")], forward(g2=1))],
             {"/abc": .1, "/ac": .2, "/abbc": .3, "/zz": .15, "/zz/top": .25}, None, (5000, 5000, 0)),
            ([(10, [path("/a*"), api], forward(g2=1))], {"/abc": .6, "/": .4}, "api.example.com", (4000, 6000, 0)),
            ([(10, [path("/a*"), api], forward(g2=1))], {"/abc": .6, "/": .4}, "example.com", (10000, 0, 0)),
            ([(10, [path("/a*")], forward(g2=10, g3=20))], {"/abc": .6, "/": .4}, None, (4000, 2000, 4000)),
            ([(10, [path("/a*")], forward(g2=0, g3=7))], {"/abc": .6, "/": .4}, None, (4000, 0, 6000)),
            ([(10, [path("/a*")], {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}})],
             {"/abc": .6, "/": .4}, None, (4000, 0, 0))]:
        run = Run(ruled(rules, paths, host))
        for name, requests in zip(("w", "g2", "g3"), want):
            near(run[f"services.{name}.requests.offered"] or 0, requests)

with test("a chosen group without targets keeps its share: 503 (L63, L71)"):
    content = ruled([(10, [path("/a*")], forward(g2=1, g3=1))], {"/abc": .6, "/": .4})
    content["services"][1]["desiredCount"] = 0
    run = Run(content)
    near(run["services.g2.requests.failed.503"], 3000)
    near(run["services.g3.requests.offered"], 3000)


# ---- CPU, latency, memory, queues ----

def hosts(vcpu, *tasks):
    """One instance; tasks (name, shares, units wanted, task-level cpu or 0)."""
    return {**scenario(), **dict(
        cluster={"clusterName": "c", "containerInstances": [{"vcpu": vcpu, "memoryMiB": 10000}]}, targetGroups=[],
        taskDefinitions=[{"family": n, "containerDefinitions": [{"name": n, "image": n, "cpu": shares, "memory": 64}],
                          **({"cpu": str(cap)} if cap else {})} for n, shares, _, cap in tasks],
        services=[{"serviceName": n, "taskDefinition": n, "desiredCount": 1} for n, _, _, _ in tasks],
        behavior={n: {"cpu": {"idleUnits": wants}} for n, _, wants, _ in tasks})}


with test("CPU by shares, leftovers to who wants more, hard at a task's own size (E26, E27, A01, A02)"):
    for vcpu, tasks, want in [
            (2, [("a", 512, 4000, 0), ("b", 1024, 4000, 0)], [400 / 3, 400 / 3]),
            (2, [("a", 512, 4000, 0), ("b", 1024, 800, 0)], [243.75, 78.125]),
            (2, [("a", 512, 4000, 512), ("b", 1024, 4000, 0)], [100, 150]),
            (1, [("a", 100, 500, 0), ("b", 200, 100, 0), ("d", 300, 2000, 0)], [231, 50, 231])]:
        run = Run(hosts(vcpu, *tasks))
        for (name, _, _, _), percent in zip(tasks, want):
            near(run[f"services.{name}.cpu.utilization.mean"], percent, 1e-3)


def fargate(rate, cpu="1024", idle=0, **behavior):
    """20 ms of a vCPU and 50 ms in all for a request."""
    content = scenario(1, rate, service={
        **LASTING, "launchType": "FARGATE", "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a"]}}},
        behavior={"provisioning": 0, "requestSeconds": .05, "cpu": {"idleUnits": idle, "secondsPerRequest": .02},
                  **behavior}, group={"TargetType": "ip"}, cluster={"clusterName": "c"})
    definition = content["taskDefinitions"][0]
    definition.update(requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu=cpu, memory="4096")
    for key in ("cpu", "memory"):
        definition["containerDefinitions"][0].pop(key)
    return content


with test("on Fargate a task has its own size: 30 of 80 requests are too many; latency by the queue (A02, E27)"):
    run = Run(fargate(80))
    near(run["requests.failed.overload"], 30 * 600, .01)
    near(run["cpu.utilization.mean"], 100, 1e-3)
    for content, seconds in [(fargate(40), .13), (fargate(40, idle=102.4), .23),  # .02 / (1 - .8); .02 / (.9 - .8)
                             (fargate(80, "2048"), .03 + .02 / .36), (fargate(.001), .05)]:
        near(Run(content)["latency.mean"], seconds, seconds / 100)

with test("above the threshold checks hang, on it they do not (L75)"):
    rates = steps((0, 10), (103, 48), (203, 10))
    run = Run(fargate(rates, failHealthChecksAbove=.95))
    equal((run.times("target.unhealthy"), run.times("target.healthy")[1:]), ([125], [250]))
    equal(Run(fargate(rates, failHealthChecksAbove=.96)).times("target.unhealthy"), [])

with test("memory: a leak meets the hard limit, and is a line in the metric; a soft limit is exceeded (A03, A14, E25)"):
    leak = {"memory": {"idleMiB": 200, "leakMiBPerHour": 3600}}  # 1 MiB a second
    run = Run(scenario(1, duration="20m", behavior=leak, alarms=[
        alarm("m", UP, 50, {**CPU, "MetricName": "MemoryUtilization"})]))
    equal([(e["t"], e["exitCode"]) for e in run.of("task.stopped")], [(824, 137)])
    equal(run.states("m")[1], (420, "ALARM"))  # minute 5: 530 of 1024 MiB
    content = scenario(1, behavior={"memory": {"idleMiB": 1000}})
    content["taskDefinitions"][0]["containerDefinitions"][0]["memoryReservation"] = 500
    near(Run(content)["memory.utilization.mean"], 200, 1e-3)


def queued(rate, seconds=1, concurrency=1, tasks=1, **changes):
    content = scenario(tasks, duration="20m", **changes, queues=[
        {"name": "q", "service": "w", "messagesPerSecond": rate, "secondsPerMessage": seconds, "concurrency": concurrency}])
    content["services"][0].pop("loadBalancers")
    content.pop("targetGroups")
    return content


with test("queues: backlog, age, time to empty, and their datapoints (scenario.md, A14)"):
    of_queue = {"Namespace": "AWS/SQS", "Statistic": "Average", "Dimensions": [{"Name": "QueueName", "Value": "q"}],
                "MetricName": "ApproximateNumberOfMessagesVisible"}
    run = Run(queued(steps((0, 2), (300, 0)), alarms=[alarm("n", UP, 100, of_queue)]))
    for name, value in [("backlog.peak", 300), ("age.max", 300), ("drained.seconds", 600)]:
        near(run[f"queues.q.{name}"], value, 1e-3)
    equal(run.states("n"), [(120, "OK"), (240, "ALARM"), (600, "OK")])  # minutes of 150, ..., 90
    for rate, peak in [(12, 0), (14, 2400)]:
        near(Run(queued(rate, .5, 3, 2))["queues.q.backlog.peak"], peak, .01)
    near(Run(queued(14, .5, 3, 2, trafficScale=2))["queues.q.backlog.peak"], 16 * 1200, .01)
    run = Run(queued(1, timeline=to(0, 100) + to(4, 200)))
    for name, value in [("backlog.peak", 100), ("age.max", 100)]:
        near(run[f"queues.q.{name}"], value, 1e-3)


# ---- Traffic ----

with test("rates: steps, lines as a staircase of means, sines, sums, scale, warmup (scenario.md, traffic)"):
    line = {"points": [["0s", 0], ["600s", 600]], "interpolate": "linear"}
    for rate, changes, requests in [
            (steps((60, 100), (120, 250)), {}, 100 * 120 + 250 * 480), (line, {}, 600 * 600 / 2),
            ({"points": [["90s", 100], ["150s", 160]], "interpolate": "linear"}, {}, 100 * 90 + 130 * 60 + 160 * 450),
            ({"sine": {"mean": 100, "amplitude": 60, "period": "10m"}}, {"duration": "5m"}, 30000 + 60 * 600 / math.pi),
            ({"sum": [10, steps((0, 0), (300, 10))]}, {}, 9000), (10, {"trafficScale": 1.5}, 9000),
            (10, {"warmup": "4m"}, 3600)]:
        near(Run(scenario(1, rate, **changes))["requests.offered"], requests, 1e-3)

with test("faults: shares round up, repeat until, slow down; the peak is where the rate is highest (scenario.md, timeline)"):
    run = Run(scenario(4, timeline=[{"at": 60, "crashTasks": {"service": "w", "fraction": .3, "exitCode": 3}}]))
    equal([e["exitCode"] for e in run.of("task.stopped")], [3, 3])
    run = Run(scenario(2, timeline=[{"at": 60, "every": 60, "until": 240, "crashTasks": {"service": "w", "count": 1}}]))
    equal(run.times("task.stopped"), [60, 120, 180, 240])
    slow = [{"at": 100, "slowTasks": {"service": "w", "factor": 4, "duration": 100}}]
    near(Run(scenario(1, 10, behavior={"requestSeconds": 1}, timeline=slow))["latency.mean"], 1.5, .01)
    run = Run(scenario(2, {"sine": {"mean": 100, "amplitude": 60, "period": "10m"}},
                       timeline=[{"at": "peak", "crashTasks": {"service": "w", "count": 1}}]))
    equal(run.times("task.stopped"), [120])  # the staircase's minute about 150 s

end()
