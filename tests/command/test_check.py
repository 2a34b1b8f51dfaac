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

# ---- Scaling that is taken and does not do what was meant ----

OF = {"ServiceNamespace": "ecs", "ResourceId": "service/default/web",
      "ScalableDimension": "ecs:service:DesiredCount"}
DIMENSIONS = [{"Name": "ClusterName", "Value": "default"}, {"Name": "ServiceName", "Value": "web"}]
STEP = {**OF, "PolicyName": "out", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]}}


def alarm(**keys):
    return {"AlarmName": "busy", "Namespace": "AWS/ECS", "MetricName": "CPUUtilization",
            "Dimensions": DIMENSIONS, "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1,
            "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": ["out"],
            **keys}


def scaled(**parts):
    s = system(start="2026-03-02T00:00:00Z", scalableTargets=[{**OF, "MinCapacity": 1, "MaxCapacity": 4}],
               scalingPolicies=[STEP], alarms=[alarm()])
    s.update(parts)
    return s


def tracked(metric):
    return {**OF, "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 50, "PredefinedMetricSpecification": {"PredefinedMetricType": metric}}}


def watching(names, seconds):
    s = scaled(scalingPolicies=[tracked("ECSServiceAverageCPUUtilizationHighResolution")], alarms=[])
    s["services"][0]["monitoring"] = {"metricConfigurations": [
        {"metricNames": names, "resolutionSeconds": seconds}]}
    return s


def watched_later():
    s = watching(["CPUUtilization"], 60)
    s["timeline"] = [{"at": "1m", "updateService": {"service": "web", "monitoring": {
        "metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}}}]
    return s


def put_later(name):
    return scaled(timeline=[{"at": "1m", "putScalingPolicy": {**STEP, "PolicyName": name}}])


def minimum(kind):
    return scaled(scalingPolicies=[{**STEP, "StepScalingPolicyConfiguration": {
        **STEP["StepScalingPolicyConfiguration"], "AdjustmentType": kind, "MinAdjustmentMagnitude": 2}}])


def scheduled(schedule, **keys):
    return scaled(scheduledActions=[{**OF, "ScheduledActionName": "up", "Schedule": schedule,
                                     "ScalableTargetAction": {"MinCapacity": 2}, **keys}])


def noisy(mean):
    s = scaled()
    s["traffic"] = [{"targetGroup": "web", "requestsPerSecond": {
        "points": [["0s", 1]], "noise": {"uniform": {"min": 0, "max": 2 * mean}}}}]
    return s


def managed(status, **policy):
    s = scaled(scalableTargets=[], alarms=[], scalingPolicies=[{
        "AutoScalingGroupName": "more", "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {"TargetValue": 50, "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ASGAverageCPUUtilization"}}, **policy}])
    s["autoScalingGroups"] = [{"AutoScalingGroupName": "more", "MinSize": 0, "MaxSize": 2,
                               "instanceType": "m5.large", "AvailabilityZones": ["a"]}]
    s["capacityProviders"] = [{"name": "more", "autoScalingGroupProvider": {
        "autoScalingGroupArn": "more", "managedScaling": {"status": status}}}]
    return s


POLICY = "/scalingPolicies/0"
METRIC = POLICY + "/TargetTrackingScalingPolicyConfiguration/PredefinedMetricSpecification/PredefinedMetricType"
# (what warns, its near miss, where, what it says)
WARNINGS = [
    (scaled(alarms=[]), scaled(), POLICY, "no alarm has the step scaling policy \"out\""),
    (scaled(alarms=[alarm(ActionsEnabled=False)]), scaled(alarms=[alarm(AlarmActions=[], OKActions=["out"])]),
     POLICY, "never acts"),
    (put_later("other"), put_later("out"), "/timeline/0/putScalingPolicy", "never acts"),
    (minimum("ExactCapacity"), minimum("PercentChangeInCapacity"),
     POLICY + "/StepScalingPolicyConfiguration/MinAdjustmentMagnitude", "no effect"),
    (watching(["MemoryUtilization"], 20), watching(["MemoryUtilization", "CPUUtilization"], 20), METRIC,
     "does not publish CPUUtilization every 20 s"),
    (watching(["CPUUtilization"], 60), watched_later(), METRIC, "monitoring"),
    (scaled(alarms=[alarm(Period=20)]), scaled(), "/alarms/0/Period", "does not publish CPUUtilization"),
    (scheduled("at(2020-01-01T00:00:00)"), scheduled("at(2026-03-02T00:00:00)"),
     "/scheduledActions/0/Schedule", "never acts"),
    (scheduled("rate(1 minute)", EndTime="2026-03-01T00:00:00Z"),
     scheduled("rate(1 minute)", EndTime="2026-03-03T00:00:00Z"), "/scheduledActions/0/Schedule", "never acts"),
    (scheduled("cron(0 12 ? * SUN *)", StartTime="2026-03-01T23:59:00Z"),
     scheduled("cron(0 12 ? * SUN *)", StartTime="2026-03-02T00:01:00Z"), "/scheduledActions/0/Schedule", "never acts"),
    (managed("ENABLED"), managed("DISABLED"), POLICY, "managed scaling of capacity provider \"more\""),
    (managed("ENABLED"), managed("ENABLED", Enabled=False), POLICY, "undo each other"),
    (noisy(2.1), noisy(2), "/traffic/0/requestsPerSecond/noise", "by 2.1 on average"),
    (noisy(0.4), noisy(0.5), "/traffic/0/requestsPerSecond/noise", "by 0.4 on average"),
    (scaled(alarms=[alarm(MetricName="CPUUtilisation")]), scaled(), "/alarms/0/MetricName",
     "did you mean \"CPUUtilization\"?"),
    (scaled(alarms=[alarm(MetricName="Happiness")]), scaled(), "/alarms/0/MetricName",
     "of AWS/ECS there is: CPUUtilization, MemoryUtilization"),
    (scaled(alarms=[alarm(Namespace="AWS/ApplicationELB", MetricName="ConsumedLCUs")]), scaled(),
     "/alarms/0/MetricName", "is not simulated by this version of berth"),
    (scaled(alarms=[alarm(Dimensions=DIMENSIONS[:1])]), scaled(), "/alarms/0/Dimensions", "with these dimensions"),
]

with test("scaling that has no effect, or not the one that was meant, gets a warning; its near miss none"):
    for number, (wrong, right, pointer, text) in enumerate(WARNINGS):
        outcome = berth("check", "-", stdin=json.dumps(wrong))
        lines = [line for line in outcome.err.splitlines() if f": {pointer}: warning: " in line]
        equal((outcome.status, len(lines)), (0, 1), f"{number}: {outcome.err}")
        contains(lines[0], text)
        outcome = berth("check", "-", stdin=json.dumps(right))
        equal(outcome.status, 0, outcome.err)
        lacks(outcome.err, f": {pointer}: warning: ")

with test("a CSV file of another day gets a warning that says which"):
    def file_of(day):
        return write(FOLDER, "day.json", scaled(traffic=[{"targetGroup": "web", "requestsPerSecond": {"csv": {
            "text": f"timestamp,value\n{day} 00:00:00,1\n{day} 00:05:00,2\n"}}}]))
    for day, side in (("2026-03-01", "before"), ("2026-03-03", "after")):
        err = berth("check", file_of(day)).err
        contains(err, "/traffic/0/requestsPerSecond/csv: warning: ")
        contains(err, f"{day}T00:00:00Z to {day}T00:05:00Z, are {side} the run, whose `start` is 2026-03-02T00:00:00Z")
    lacks(berth("check", file_of("2026-03-02")).err, "/csv: ")

shutil.rmtree(FOLDER)
end()
