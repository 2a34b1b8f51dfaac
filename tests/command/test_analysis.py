"""Goal: each warning of berth check is true, and its near miss is none.
Method: one system in which everything is fine; a row a rule, with a change that makes it warn, one
beside it that does not, and what a run of both measures where a run shows it."""
import copy
import json
import random

from program import *


def base():
    """Two tasks behind a load balancer on four instances, deployed after ten minutes."""
    definition = {"family": "web", "containerDefinitions": [
        {"name": "web", "image": "web:1", "cpu": 512, "memory": 512,
         "portMappings": [{"containerPort": 80, "hostPort": 0}]}]}
    newer = copy.deepcopy(definition)
    newer["containerDefinitions"][0]["image"] = "web:2"
    return {
        "berth": 1, "name": "fine", "duration": "2h", "seed": 1,
        "cluster": {"containerInstances": [{"vcpu": 2, "memoryMiB": 4000, "count": 4,
                                            "availabilityZones": ["a", "b"]}]},
        "taskDefinitions": [definition],
        "targetGroups": [{"Name": "web", "HealthCheckIntervalSeconds": 10,
                          "HealthCheckTimeoutSeconds": 5, "HealthyThresholdCount": 3,
                          "UnhealthyThresholdCount": 2,
                          "Attributes": [{"Key": "deregistration_delay.timeout_seconds",
                                          "Value": "30"}]}],
        "services": [{"serviceName": "web", "taskDefinition": "web", "desiredCount": 2,
                      "deploymentConfiguration": {"minimumHealthyPercent": 100,
                                                  "maximumPercent": 200},
                      "loadBalancers": [{"targetGroupArn": "web", "containerName": "web",
                                         "containerPort": 80}]}],
        "behavior": {"web": {"imagePull": 2, "imagePullCached": 1, "activation": 1, "startup": 3,
                             "shutdown": 1, "requestSeconds": 0.1}},
        "traffic": [{"targetGroup": "web", "requestsPerSecond": 20}],
        "timeline": [
            {"at": "10m", "registerTaskDefinition": newer},
            {"at": "10m", "updateService": {"service": "web", "taskDefinition": "web:2"}}],
    }


# ---- Changes ----

def percents(count, low, high):
    def change(s):
        s["services"][0].update(desiredCount=count, deploymentConfiguration={
            "minimumHealthyPercent": low, "maximumPercent": high})
    return change


def percents_keep(low, high):
    return lambda s: s["services"][0]["deploymentConfiguration"].update(
        minimumHealthyPercent=low, maximumPercent=high)


def definitions(s):
    return [s["taskDefinitions"][0], s["timeline"][0]["registerTaskDefinition"]]


def container(**keys):
    def change(s):
        for d in definitions(s):
            d["containerDefinitions"][0].update(keys)
    return change


def service(**keys):
    return lambda s: s["services"][0].update(keys)


def behavior(**keys):
    return lambda s: s["behavior"]["web"].update(keys)


def instances(**keys):
    return lambda s: s["cluster"]["containerInstances"][0].update(keys)


def group(**keys):
    return lambda s: s["targetGroups"][0].update(keys)


def delay(seconds):
    return group(Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(seconds)}])


def static_port(port):
    return container(portMappings=[{"containerPort": 80, "hostPort": port}])


def member_of(expression):
    return service(placementConstraints=[{"type": "memberOf", "expression": expression}])


def both(*changes):
    def change(s):
        for one in changes:
            one(s)
    return change


def without_balancer(s):
    del s["targetGroups"], s["traffic"], s["services"][0]["loadBalancers"]


def awsvpc(s):
    s["subnets"] = {"subnet-a": "a", "subnet-b": "b"}
    s["targetGroups"][0]["TargetType"] = "ip"
    for d in definitions(s):
        d["networkMode"] = "awsvpc"
        d["containerDefinitions"][0]["portMappings"] = [{"containerPort": 80}]
    s["services"][0]["networkConfiguration"] = {
        "awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}}


def drain(*numbers):
    def change(s):
        s["timeline"] = [{"at": "10m", "updateContainerInstancesState": {
            "containerInstances": [f"i-{n:06}" for n in numbers], "status": "DRAINING"}}]
    return change


def balancer(zones):
    def change(s):
        s["loadBalancers"] = [{"Name": "lb", "AvailabilityZones": [{"ZoneName": z} for z in zones]}]
        s["listeners"] = [{"LoadBalancerArn": "lb", "Protocol": "HTTP", "Port": 80,
                           "DefaultActions": [{"Type": "forward", "TargetGroupArn": "web"}]}]
    return change


def container_check(interval, retries, start_period, timeout=5):
    return container(healthCheck={"command": ["CMD", "true"], "interval": interval,
                                  "retries": retries, "startPeriod": start_period,
                                  "timeout": timeout})


def no_deploy(s):
    s["timeline"] = []


def stopped_by_hand(s):
    s["timeline"].insert(1, {"at": "9m", "stopTask": {"service": "web"}})


def another_group(s):
    s["targetGroups"].append({"Name": "other"})
    s["traffic"].append({"targetGroup": "other", "requestsPerSecond": 5})


def breaker(**keys):
    return lambda s: s["services"][0]["deploymentConfiguration"].update(
        deploymentCircuitBreaker={"enable": True, "rollback": True, **keys})


def protect(minutes, **keys):
    call = {"service": "web", "protectionEnabled": True, **keys}
    if minutes:
        call["expiresInMinutes"] = minutes
    return lambda s: s["timeline"].insert(0, {"at": "9m", "updateTaskProtection": call})


def memory(idle, leak=0):
    return behavior(memory={"idleMiB": idle, "leakMiBPerHour": leak})


def task_memory(limit):
    def change(s):
        for d in definitions(s):
            d["memory"] = str(limit)
            del d["containerDefinitions"][0]["memory"]
    return change


def task_cpu(units):
    def change(s):
        for d in definitions(s):
            d["cpu"] = str(units)
    return change


def queue(rate):
    """Two workers, four messages of 2 s at a time each: 4 a second."""
    return lambda s: s.update(queues=[{"name": "orders", "service": "web", "messagesPerSecond": rate,
                                       "secondsPerMessage": 2, "concurrency": 4}])


def broken(s):
    """The new revision never answers."""
    s["behavior"]["web:2"] = {**s["behavior"]["web"], "startup": 864000}


def crashing(s):
    """The new revision ends by itself."""
    s["behavior"]["web:2"] = {**s["behavior"]["web"], "timeToCrash": 5}


def uncounted(s):
    s["controlPlane"] = {"maxCountsStopping": False}


def interrupted(s):
    s["timeline"].append({"at": "30m", "spotInterruption": {"count": 2}})


def scaled(low, target=0):
    """A scalable target of 4 tasks; with a target, tracking of requests a minute and target."""
    of = {"ServiceNamespace": "ecs", "ResourceId": "service/default/web",
          "ScalableDimension": "ecs:service:DesiredCount"}

    def change(s):
        s["scalableTargets"] = [{**of, "MinCapacity": low, "MaxCapacity": 8}]
        if target:
            s["scalingPolicies"] = [{
                **of, "PolicyName": "requests", "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": target,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": "web"}}}]
        s["services"][0]["desiredCount"] = 4
    return change


def holds_cpu(s):
    """Target tracking of the service's CPU, which falls out of use: AlarmLow would scale in to 1."""
    scaled(1, 60)(s)
    s["scalingPolicies"][0]["TargetTrackingScalingPolicyConfiguration"] = {
        "TargetValue": 60, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}


def daemon(cpu, memory):
    """A second service with a task on each instance, of two tasks of the first one."""
    def change(s):
        s["cluster"]["containerInstances"][0].update(vcpu=1, memoryMiB=1200, count=2)
        s["taskDefinitions"].append({"family": "agent", "containerDefinitions": [
            {"name": "agent", "image": "agent:1", "cpu": cpu, "memory": memory}]})
        s["services"].append({"serviceName": "agent", "taskDefinition": "agent",
                              "schedulingStrategy": "DAEMON"})
    return change


def deploy_count(count):
    return lambda s: s["timeline"][1]["updateService"].update(desiredCount=count)


# ---- What runs show ----

class Run:
    def __init__(self, scenario):
        outcome = berth("run", "-", "--json", "--quiet", stdin=json.dumps(scenario))
        true(outcome.status in (0, 1), outcome.err)
        self.summary = json.loads(outcome.out)
        self.last = self.summary["deployments"][-1]
        self.scenario = scenario

    def metric(self, name):
        return self.summary["metrics"]["services.web." + name]


    def events(self, kind):
        lines = berth("run", "-", "--events", "-", "--quiet", stdin=json.dumps(self.scenario)).out
        return [e for e in map(json.loads, lines.splitlines()) if e["event"] == kind]


def tasks_on_first(run):
    there = {e["task"] for e in run.events("task.pending") if e["instance"] == "i-000001"}
    return there - {e["task"] for e in run.events("task.stopped")}


def tasks_stay(run):
    true(tasks_on_first(run), "every task left i-000001")


def tasks_leave(run):
    equal(tasks_on_first(run), set())


def trips(run):
    true(run.events("deployment.failed")[0]["seconds"] <= 600, run.events("deployment.failed"))


def trips_late(run):
    true(run.events("deployment.failed")[0]["seconds"] > 600, run.events("deployment.failed"))


def killed(run):
    equal({e["exitCode"] for e in run.events("task.stopped")}, {137})


def ended(run):
    lacks(str({e["exitCode"] for e in run.events("task.stopped")}), "137")


def stuck(run):
    true(run.last["outcome"] == "inProgress" and run.last["stalled.seconds"] > 3000, run.last)


def rolled_back(run):
    equal(run.last["outcome"], "rolledBack", run.last)


def lost_with_instance(run):
    contains(str([e["exitCode"] for e in run.events("task.stopped")]), "137")


def none_lost_with_instance(run):
    lacks(str([e["exitCode"] for e in run.events("task.stopped")]), "137")


def fewest(count):
    return lambda run: equal(run.metric("healthy.min"), count)


def unfinished(run):
    equal(run.last["outcome"], "inProgress", run.last)


def completes(run):
    equal(run.last["outcome"], "completed", run.last)


def at_least(name, low):
    return lambda run: true((run.metric(name) or 0) >= low, f"{name}: {run.metric(name)}")


def zero(name):
    return lambda run: equal(run.metric(name), 0, name)


def backlog_left(run):
    true(run.summary["metrics"]["queues.orders.backlog.peak"] > 300, run.summary["metrics"])


def caught_up(run):
    true(run.summary["metrics"]["queues.orders.backlog.peak"] < 100, run.summary["metrics"])


def few_running(run):
    true(run.metric("tasks.running.mean") < 0.9 * run.metric("tasks.desired.mean"),
         run.metric("tasks.running.mean"))


def all_running(run):
    true(run.metric("tasks.running.mean") > 0.95 * run.metric("tasks.desired.mean"),
         run.metric("tasks.running.mean"))


def timed_out(run):
    equal(run.last["stable.timedOut"], 1, run.last)


def in_time(run):
    equal(run.last["stable.timedOut"], 0, run.last)


# Those of the first three seconds, in which nothing listens yet, fail in every run.
AT_START = 60


def requests_lost(run):
    true(run.metric("requests.failed.502") >= AT_START + 1, run.metric("requests.failed.502"))


def none_lost(run):
    equal(run.metric("requests.failed.502"), AT_START)


SMALL = instances(vcpu=0.5, memoryMiB=600)  # one task each

MANY = instances(count=8)

# (code, severity, what fires, what does not, what runs of the two show)
CASES = [
    ("deploy-cannot-move", "warning", percents(2, 100, 100), percents(2, 50, 100), stuck, completes),
    ("deploy-cannot-move", "warning", percents(3, 100, 125), percents(4, 100, 125), stuck, completes),
    ("deploy-cannot-move", "warning", percents(1, 50, 150), percents(2, 50, 150), stuck, completes),
    ("deploy-cannot-move", "warning", both(no_deploy, percents(3, 90, 130)),
     both(no_deploy, percents(3, 66, 130)), None, None),
    ("one-per-instance", "warning", both(static_port(8080), instances(count=2)), static_port(8080),
     stuck, completes),
    ("one-per-instance", "warning", both(static_port(8080), percents(5, 50, 200)),
     both(static_port(8080), percents(4, 50, 200)), few_running, completes),
    ("one-per-instance", "warning",
     both(service(placementConstraints=[{"type": "distinctInstance"}]), instances(count=2)),
     service(placementConstraints=[{"type": "distinctInstance"}]), stuck, completes),
    # after a stopTask nobody follows where tasks are: by count alone
    ("one-per-instance", "warning", both(static_port(8080), instances(count=2), stopped_by_hand),
     both(static_port(8080), stopped_by_hand), stuck, completes),
    ("one-per-instance", "note", both(static_port(8080), no_deploy, instances(count=2)),
     both(static_port(8080), no_deploy), None, None),
    ("deploy-no-room", "warning", both(SMALL, instances(count=2)), both(SMALL, instances(count=3)),
     stuck, completes),
    ("deploy-no-room", "warning", both(SMALL, percents(4, 76, 200)), both(SMALL, percents(4, 75, 200)),
     stuck, completes),
    ("deploy-no-room", "warning", both(SMALL, instances(count=2), breaker()),
     both(SMALL, instances(count=4), breaker()), rolled_back, completes),
    ("deploy-no-room", "warning", daemon(100, 50), daemon(0, 10), stuck, completes),
    ("breaker-counts-room", "note", both(SMALL, instances(count=3), breaker()),
     both(SMALL, instances(count=4), breaker()), rolled_back, completes),
    ("breaker-counts-room", "note", both(SMALL, instances(count=3), breaker()),
     both(SMALL, instances(count=3), breaker(), percents_keep(100, 150)), rolled_back, completes),
    ("deploy-no-room", "note", both(no_deploy, SMALL, instances(count=2)),
     both(no_deploy, SMALL, instances(count=3)), None, None),
    ("service-does-not-fit", "warning", both(SMALL, percents(5, 0, 100)), both(SMALL, percents(4, 0, 100)),
     few_running, all_running),
    ("eni-limit", "warning", both(awsvpc, instances(maxEnis=2), percents(5, 0, 100)),
     both(awsvpc, instances(maxEnis=3), percents(5, 0, 100)), few_running, completes),
    ("eni-limit", "warning", both(awsvpc, instances(maxEnis=2, count=2)),
     both(awsvpc, instances(maxEnis=3, count=2)), stuck, completes),
    ("task-never-fits", "warning", container(memory=4001), container(memory=4000), few_running,
     completes),
    ("constraint-matches-nothing", "warning", member_of("attribute:stack == prod"),
     member_of("attribute:ecs.availability-zone in [a, b]"), few_running, completes),
    ("constraint-matches-nothing", "warning", member_of("attribute:stack != prod"),
     member_of("attribute:stack !exists"), few_running, completes),
    ("constraint-matches-nothing", "warning",
     lambda s: [d.update(placementConstraints=[
         {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m5.*"}])
         for d in definitions(s)],
     member_of("runningTasksCount == 0"), few_running, None),
    ("port-reserved", "warning", static_port(22), static_port(23), few_running, completes),
    ("startup-exceeds-check", "warning", behavior(startup=11), behavior(startup=10),
     at_least("task.replacements", 1), zero("task.replacements")),
    ("startup-exceeds-check", "warning", behavior(startup={"lognormal": {"median": 11, "sigma": 0.1}}),
     behavior(startup={"uniform": {"min": 8, "max": 10}}), at_least("task.replacements", 1),
     zero("task.replacements")),
    ("startup-exceeds-check", "warning", behavior(startup={"empirical": [1, 11]}),
     behavior(startup={"empirical": [1, 1, 11]}), None, None),
    ("startup-exceeds-check", "warning", behavior(startup=11),
     both(behavior(startup=11), group(UnhealthyThresholdCount=3)), at_least("task.replacements", 1),
     zero("task.replacements")),
    # unhealthy at 10 s, passes at 20, 30 and 40 s
    ("grace-too-short", "warning",
     both(behavior(startup=11), service(healthCheckGracePeriodSeconds=39)),
     both(behavior(startup=11), service(healthCheckGracePeriodSeconds=40)),
     at_least("task.replacements", 1), zero("task.replacements")),
    ("start-period-too-short", "warning",
     both(without_balancer, container_check(5, 2, 0), behavior(startup=11)),
     both(without_balancer, container_check(5, 2, 0), behavior(startup=10)),
     at_least("task.replacements", 1), zero("task.replacements")),
    ("start-period-too-short", "warning",
     both(without_balancer, container_check(5, 2, 10), behavior(startup=21)),
     both(without_balancer, container_check(5, 2, 10), behavior(startup=20)),
     at_least("task.replacements", 1), zero("task.replacements")),
    ("start-period-too-short", "warning",
     both(without_balancer, container_check(5, 2, 0), behavior(startup=11),
          service(healthCheckGracePeriodSeconds=14)),
     both(without_balancer, container_check(5, 2, 0), behavior(startup=11),
          service(healthCheckGracePeriodSeconds=15)),
     at_least("task.replacements", 1), zero("task.replacements")),
    ("check-timeout-interval", "note", container_check(5, 3, 0, 5), container_check(6, 3, 0, 5),
     None, None),
    ("no-health-check", "note", without_balancer, both(without_balancer, container_check(6, 3, 0)),
     None, None),
    ("zone-not-enabled", "warning", balancer(["a", "c"]), balancer(["a", "b"]),
     unfinished, completes),
    ("zone-not-enabled", "warning", balancer(["a", "c"]),
     both(balancer(["a", "c"]), member_of("attribute:ecs.availability-zone == a")), None, completes),
    ("drain-cannot-end", "warning", both(percents(4, 100, 100), drain(1)),
     both(percents(4, 75, 100), drain(1)), tasks_stay, tasks_leave),
    ("drain-cannot-end", "warning", both(SMALL, percents(4, 100, 200), drain(1)),
     both(SMALL, percents(3, 100, 200), drain(1)), tasks_stay, tasks_leave),
    ("drain-cannot-end", "warning", both(static_port(8080), percents(4, 100, 200), drain(1)),
     both(static_port(8080), percents(4, 75, 200), drain(1)), tasks_stay, None),
    ("protected-tasks", "warning", protect(30), protect(10), timed_out, in_time),
    ("protected-tasks", "warning", protect(None, count=1), protect(60, protectionEnabled=False), timed_out, in_time),
    ("stable-exceeds-waiter", "warning", both(percents(4, 100, 125), delay(200)),
     both(percents(4, 100, 150), delay(200)), timed_out, in_time),
    ("stable-exceeds-waiter", "warning", both(percents(2, 100, 200), delay(600)),
     both(percents(2, 100, 200), delay(500)), timed_out, in_time),
    ("stable-exceeds-waiter", "note", both(no_deploy, percents(4, 100, 125), delay(200)),
     both(no_deploy, percents(4, 100, 150), delay(200)), None, None),
    ("breaker-slow", "note", both(breaker(), service(healthCheckGracePeriodSeconds=600), broken),
     both(breaker(), service(healthCheckGracePeriodSeconds=60), broken), trips_late, trips),
    ("breaker-slow", "note", both(percents(10, 100, 110), breaker(), delay(150), broken),
     both(percents(10, 100, 150), breaker(), delay(130), broken), trips_late, trips),
    # fewer old ones must stay than maximumPercent has room for: several at once
    ("breaker-slow", "note", both(percents(10, 100, 200), breaker(), delay(150), broken, MANY),
     both(percents(10, 50, 200), breaker(), delay(150), broken, MANY), trips_late, trips),
    ("breaker-slow", "note", both(breaker(thresholdConfiguration={"type": "COUNT", "value": 40}), broken),
     both(breaker(thresholdConfiguration={"type": "COUNT", "value": 8}), broken), trips_late, trips),
    # who fails before its target is found unhealthy trips it sooner: nothing is said of how soon
    ("breaker-slow", "note", both(percents(10, 100, 110), breaker(), delay(150), broken),
     both(percents(10, 100, 110), breaker(), delay(150), crashing), trips_late, trips),
    ("breaker-slow", "note", both(percents(5, 75, 150), breaker(), service(healthCheckGracePeriodSeconds=600), broken),
     both(percents(5, 75, 150), breaker(), service(healthCheckGracePeriodSeconds=600), broken, instances(count=1)),
     trips_late, trips),
    ("breaker-slow", "note", both(percents(10, 100, 200), breaker(), delay(150), broken, MANY, balancer(["a", "b"])),
     both(percents(10, 100, 200), breaker(), delay(150), broken, MANY, balancer(["a", "c"])), trips_late, None),
    # what drains does not count, so its place does not wait for it (maxCountsStopping)
    ("breaker-slow", "note", both(percents(10, 100, 110), breaker(), delay(150), broken),
     both(percents(10, 100, 110), breaker(), delay(150), broken, uncounted), trips_late, None),
    ("spot-interruption", "note", both(instances(spot=True), delay(120)),
     both(instances(spot=True), delay(90)), None, None),
    ("spot-interruption", "warning", both(instances(spot=True), percents(8, 50, 200), interrupted),
     both(instances(spot=True, spotDraining=True), percents(8, 50, 200), interrupted),
     lost_with_instance, none_lost_with_instance),
    ("spot-interruption", "warning",
     both(instances(spot=True, spotDraining=True), percents(8, 50, 200), delay(120), interrupted),
     both(instances(spot=True, spotDraining=True), percents(8, 50, 200), delay(110), interrupted),
     lost_with_instance, none_lost_with_instance),
    # a longer notice
    ("spot-interruption", "note", both(instances(spot=True), delay(120)),
     both(instances(spot=True), delay(120), lambda s: s.update(controlPlane={"spotNoticeSeconds": 200})),
     None, None),
    ("desired-below-scaled", "warning", both(scaled(3), deploy_count(2)), both(scaled(3), deploy_count(3)),
     fewest(2), fewest(3)),
    # 20 requests a second are 1200 a minute: 4 tasks at 300
    ("desired-below-scaled", "warning", both(scaled(1, 300), deploy_count(3)),
     both(scaled(1, 300), deploy_count(4)), fewest(3), fewest(4)),
    ("desired-below-scaled", "warning", both(scaled(1, 300), deploy_count(3)), scaled(1, 300), fewest(3),
     fewest(4)),
    ("drain-too-short", "warning", delay(0), delay(1), requests_lost, none_lost),
    ("drain-too-short", "warning", both(delay(5), behavior(requestSeconds=6)),
     both(delay(5), behavior(requestSeconds=5)), requests_lost, none_lost),
    ("drain-too-short", "note", both(no_deploy, delay(0)), both(no_deploy, delay(1)), None, None),
    ("stop-timeout-used-up", "warning", behavior(shutdown=31), behavior(shutdown=30), killed, ended),
    ("stop-timeout-used-up", "warning", both(container(stopTimeout=5), behavior(shutdown=6)),
     both(container(stopTimeout=6), behavior(shutdown=6)), killed, ended),
    ("memory-limit", "warning", memory(513), memory(512), at_least("oom.kills", 1), zero("oom.kills")),
    # a run of 2 h: 312 MiB of room last 312 / 180 = 1.73 h, 312 / 150 = 2.08 h
    ("memory-limit", "warning", memory(200, 180), memory(200, 150), at_least("oom.kills", 1),
     zero("oom.kills")),
    ("memory-limit", "warning", both(task_memory(512), memory(513)), both(task_memory(600), memory(513)),
     at_least("oom.kills", 1), zero("oom.kills")),
    # 4 x 2 vCPU: 20 requests a second of 0.4 s take all of it
    ("load-exceeds-tasks", "warning", behavior(cpu={"secondsPerRequest": 0.45}),
     behavior(cpu={"secondsPerRequest": 0.39}), at_least("requests.failed.overload", 1000), None),
    # two tasks of 1 vCPU each, then two more
    ("load-exceeds-tasks", "warning", both(task_cpu(1024), behavior(cpu={"secondsPerRequest": 0.11})),
     both(task_cpu(1024), behavior(cpu={"secondsPerRequest": 0.11}), scaled(2)), at_least("requests.failed.overload", 1000), None),
    # nothing is not zero
    ("use-not-told", "warning", holds_cpu, both(holds_cpu, behavior(cpu={"idleUnits": 1})), zero("scaling.in"),
     at_least("scaling.in", 1)),
    # two workers of 4 messages of 2 s: 4 a second
    ("queue-exceeds-workers", "warning", queue(4.1), queue(3.9), backlog_left, caught_up),
    ("queue-exceeds-workers", "warning", queue(4.1), both(queue(4.1), scaled(2)), backlog_left, None),
    # what noise takes away is not told in advance
    ("queue-exceeds-workers", "warning", queue(4.1), queue({"sum": [4.1], "noise": 0.9}), backlog_left, caught_up),
    ("traffic-without-targets", "warning", another_group,
     lambda s: s["targetGroups"].append({"Name": "other"}), None, None),
    ("targets-without-traffic", "note",
     lambda s: s.update(traffic=[{"targetGroup": "web", "requestsPerSecond": 0}]),
     lambda s: s.update(traffic=[]), None, None),
]


def changed(change):
    s = base()
    change(s)
    return s


def check(scenario, *options):
    return berth("check", "-", *options, stdin=json.dumps(scenario))


def findings(outcome):
    """(severity, code) of each line that carries a code."""
    found = []
    for line in outcome.err.splitlines():
        if line.endswith("]"):
            found.append((line.split(": ")[2], line[line.rindex("[") + 1:-1]))
    return found


with test("the system that the changes start from is fine, and its deployment completes"):
    outcome = check(base())
    equal((outcome.status, outcome.err, outcome.out), (0, "", "<stdin>: scenario, ok\n"))
    completes(Run(base()))

for number, (code, severity, fires, near, shown, missed) in enumerate(CASES):
    with test(f"{code} ({number}) is said, its near miss is not, and runs bear it out"):
        outcome = check(changed(fires))
        contains(str(findings(outcome)), str((severity, code)))
        equal(outcome.status, 0, outcome.err)
        strict = check(changed(fires), "--strict").status
        equal(strict, 2 if any(s == "warning" for s, _ in findings(outcome)) else 0, outcome.err)
        missed_by = check(changed(near))
        equal(missed_by.status, 0, missed_by.err)
        lacks(str(findings(missed_by)), f"'{code}'")
        for change, look in ((fires, shown), (near, missed)):
            if look:
                look(Run(changed(change)))

with test("every rule has a case, a long text and a line in --help"):
    listed = berth("check", "--explain")
    equal((listed.status, listed.err), (0, ""))
    codes = [line.split()[0] for line in listed.out.splitlines() if line.startswith("  ") and
             not line.startswith("   ")]
    equal(sorted(set(codes)), sorted({case[0] for case in CASES}))
    help_text = berth("check", "--help").out
    for code in codes:
        contains(help_text, f"  {code} (")
        text = berth("check", "--explain", code)
        equal((text.status, text.err), (0, ""))
        true(text.out.startswith(f"{code} (") and "Remedy:" in text.out and "\n\n" in text.out,
             text.out)
        equal([line for line in text.out.splitlines() if len(line) > 100], [])

with test("an unknown code lists all, with the nearest name, status 2"):
    outcome = berth("check", "--explain", "deploy-cant-move")
    equal(outcome.status, 2)
    contains(outcome.out, 'did you mean "deploy-cannot-move"?')
    contains(outcome.out, "zone-not-enabled (warning)")
    equal(berth("check").status, 2)

with test("a service of its own is asked what needs no more than it"):
    alone = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 3,
             "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 125}}
    equal(findings(check(alone)), [("warning", "deploy-cannot-move")])
    equal(findings(check({"services": [alone]})), [("warning", "deploy-cannot-move")])
    equal(findings(check({**alone, "schedulingStrategy": "DAEMON"})), [])
    equal(findings(check({**alone, "deploymentController": {"type": "CODE_DEPLOY"}})), [])
    equal(findings(check({**alone, "desiredCount": 4})), [])
    every = {"service": "web", "deploymentConfiguration": {"minimumHealthyPercent": 100,
                                                           "maximumPercent": 100}}
    equal(findings(check(every)), [("warning", "deploy-cannot-move")])
    every["deploymentConfiguration"]["maximumPercent"] = 150
    equal(findings(check(every)), [])

with test("run gives the number of warnings and where to read them, but not with --quiet"):
    doomed = changed(percents(2, 100, 100))
    outcome = berth("run", "-", stdin=json.dumps(doomed))
    contains(outcome.err, "1 warning of what gets stuck, fails or loses requests; berth check")
    equal(berth("run", "-", "--quiet", stdin=json.dumps(doomed)).err, "")
    equal(berth("run", "-", stdin=json.dumps(base())).err, "")

with test("rules of rolling deployments and of instances leave Fargate and blue/green alone"):
    # Fargate is refused by the reader as long as it is not simulated; then situation_on_instances
    # (scenarios/analysis/situation.c) has to know it.
    fargate = changed(awsvpc)
    fargate["cluster"] = {}
    fargate["services"][0]["launchType"] = "FARGATE"
    for d in definitions(fargate):
        d.update(requiresCompatibilities=["FARGATE"], cpu="512", memory="1024")
    outcome = check(fargate)
    true(outcome.status == 2 or not findings(outcome), outcome.err)
    green = {"berth": 1, "extends": str(ROOT / "scenarios/examples/blue-green.json"), "services": [
        {"serviceName": "shop", "deploymentConfiguration": {"minimumHealthyPercent": 100,
                                                            "maximumPercent": 100}}]}
    outcome = check(green, "--allow-outside")
    equal((outcome.status, findings(outcome)), (0, []), outcome.err)

with test("an instance that comes later, or a call that is not followed, silences what packing says"):
    late = changed(both(SMALL, instances(count=2)))
    late["cluster"]["containerInstances"].append({"vcpu": 2, "memoryMiB": 4000, "registerAfter": "20m"})
    lacks(check(late).err, "deploy-no-room")
    completes(Run(late))
    by_hand = changed(both(SMALL, instances(count=2), stopped_by_hand))
    lacks(check(by_hand).err, "deploy-no-room")


def random_system(seed):
    """Sizes, counts, percents, strategies and constraints; perhaps a second service and a resize."""
    r = random.Random(seed)
    s = base()
    zones = r.choice([["a"], ["a", "b"], ["a", "b", "c"]])
    s["cluster"]["containerInstances"] = [
        {"vcpu": r.choice([1, 2]), "memoryMiB": r.choice([1000, 2000, 4000]),
         "count": r.randint(1, 4), "availabilityZones": zones} for _ in range(r.randint(1, 2))]
    sizes = {"cpu": r.choice([128, 256, 512, 700, 1024]), "memory": r.choice([128, 256, 512, 900])}
    container(**sizes)(s)
    if r.random() < 0.3:
        definitions(s)[1]["containerDefinitions"][0]["cpu"] = r.choice([128, 700])
    if r.random() < 0.3:
        static_port(8080)(s)
    percents(r.randint(1, 6), r.choice([0, 50, 66, 75, 90, 100]), r.choice([100, 125, 150, 200]))(s)
    service(placementStrategy=r.choice([[], [{"type": "binpack", "field": "memory"}],
                                        [{"type": "spread", "field": "instanceId"}]]))(s)
    if r.random() < 0.2:
        service(placementConstraints=[{"type": "distinctInstance"}])(s)
    if r.random() < 0.5:
        s["taskDefinitions"].append({"family": "other", "containerDefinitions": [
            {"name": "o", "image": "o", "cpu": r.choice([64, 300, 600]),
             "memory": r.choice([64, 300, 600])}]})
        s["services"].insert(r.randint(0, 1), {"serviceName": "other", "taskDefinition": "other",
                                               "desiredCount": r.randint(1, 4)})
    if r.random() < 0.3:
        s["timeline"].insert(0, {"at": "5m", "updateService": {"service": "web",
                                                               "desiredCount": r.randint(1, 6)}})
    return s


with test("of random systems, the deployments that are said to get stuck do, and the others end"):
    seen = set()
    for seed in range(60):
        scenario = random_system(seed)
        outcome = check(scenario)
        equal(outcome.status, 0, outcome.err)
        warnings = [line for line in outcome.err.splitlines() if " warning: " in line]
        if any(" find no place: " in line for line in warnings):
            continue  # not all tasks are there when the deployment begins
        doomed = any("the deployment of web gets stuck" in line for line in warnings)
        last = [d for d in Run(scenario).summary["deployments"] if d["service"] == "web"][-1]
        equal(last["outcome"], "inProgress" if doomed else "completed", f"seed {seed}: {outcome.err}")
        seen.add(doomed)
    equal(seen, {True, False})

end()
