"""Goal: worked examples of alarms, cooldowns, deployments and scheduled actions that need a whole run
(autoscaling-examples.json). Method: a topic's adapter is code, its cases are data; no case is skipped silently, the
counts are printed.

    test_spec_scaling_runs.py BERTH ROOT
"""
import collections
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "command"))
from program import *  # noqa: E402

SERVICE = {"ServiceNamespace": "ecs", "ResourceId": "service/default/s",
           "ScalableDimension": "ecs:service:DesiredCount"}


def scenario(desired, timeline=(), **changes):
    """Tasks of 1024 units on 100 of them: a task is 1 % of the cluster's CPU."""
    return {"berth": 1, "duration": "40m", "controlPlane": {"metricDelaySeconds": 0},
            "cluster": {"containerInstances": [{"vcpu": 10, "memoryMiB": 40000, "count": 10}]},
            "taskDefinitions": [{"family": "a", "containerDefinitions": [
                {"name": "c", "image": "c", "cpu": 1024, "memory": 16}]}] * 2,
            "services": [{"serviceName": "s", "taskDefinition": "a:1", "desiredCount": desired}],
            "timeline": list(timeline), **changes}


def alarm(name, operator, threshold, policy, **changes):
    return {"AlarmName": name, "Namespace": "AWS/ECS", "MetricName": "CPUReservation", "Statistic": "Average",
            "Dimensions": [{"Name": "ClusterName", "Value": "default"}], "Period": 60, "EvaluationPeriods": 1,
            "Threshold": threshold, "ComparisonOperator": operator, "AlarmActions": [policy], **changes}


def policy(name, kind, steps, **changes):
    return {**SERVICE, "PolicyName": name, "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {
        "AdjustmentType": kind, "StepAdjustments": steps, **changes}}


def out(steps, **changes):
    return [{**SERVICE, "MinCapacity": 0, "MaxCapacity": 100}], [policy("out", "ChangeInCapacity", steps, **changes)]


def up(adjustment, low=0, high=None):
    step = {"MetricIntervalLowerBound": low, "ScalingAdjustment": adjustment}
    return step if high is None else {**step, "MetricIntervalUpperBound": high}


DOWN = [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}]


def events(content, *kinds):
    outcome = berth("run", "--events", "-", "-", stdin=json.dumps(content))
    equal(outcome.status, 0, outcome.err)
    log = [json.loads(line) for line in outcome.out.splitlines() if line.startswith("{")]
    return [e for e in log if e["event"] in kinds]


def applied(log):
    return [(e["t"], e["to"]) for e in log if e.get("outcome") == "applied"]


def alarm_timing_topic(inputs, expected):
    """An alarm of one metric: what is reserved until 60 s is in the first window only."""
    period = inputs["period_s"]
    if "first_evaluation" in expected:
        first, second = expected["first_evaluation"], expected["second_evaluation"]
        equal(first["covers_minutes"], [1, first["at_minute"]])
        log = events(scenario(
            10, [{"at": "1m", "updateService": {"service": "s", "desiredCount": 0}}],
            alarms=[alarm("x", "GreaterThanThreshold", 1, [], Period=period, AlarmActions=[],
                          EvaluationPeriods=inputs["evaluation_periods"])]), "alarm.state")
        equal([(e["t"], e["to"], e["value"]) for e in log],
              [(first["at_minute"] * 60, "ALARM", 10 * 60 / period),
               (second["at_minute"] * 60, "OK", 0)])
    else:
        log = events(scenario(10, duration="1h", alarms=[
            alarm("x", "GreaterThanThreshold", 1, [], Period=period, AlarmActions=[],
                  EvaluationPeriods=inputs["evaluation_periods"],
                  DatapointsToAlarm=inputs["datapoints_to_alarm"])]), "alarm.state")
        equal([e["t"] for e in log if e["to"] == "ALARM"], [expected["evaluation_interval_s"]])


def cooldown_topic(inputs, expected):
    if "first_adjustment" in inputs:
        first, second, before = (inputs[k] for k in (
            "first_adjustment", "during_cooldown_adjustment", "capacity_before"))
        equal(inputs["adjustment_type"], "ChangeInCapacity")
        steps = [up(first, 0, 20), up(second, 20)] if second != first else [up(first)]
        targets, policies = out(steps, Cooldown=300)
        log = events(scenario(
            before, [{"at": "1m", "runTask": {"taskDefinition": "a:2", "count": 10}},
                     {"at": "1m", "runTask": {"taskDefinition": "a:2", "count": 10}}], duration="5m",
            scalableTargets=targets, scalingPolicies=policies,
            alarms=[alarm("high", "GreaterThanThreshold", 5, "out")]), "scaling.decision")
        want = [(60, expected["after_first"])]
        if expected["after_second"] != expected["after_first"]:
            want.append((120, expected["after_second"]))
            equal(expected["added_by_second"], expected["after_second"] - expected["after_first"])
        equal(applied(log), want)
        return
    targets, policies = out([up(5)], Cooldown=600)
    policies.append(policy("in", "ChangeInCapacity", DOWN, Cooldown=600))
    alarms = [alarm("low", "LessThanThreshold", 20, "in"), alarm("high", "GreaterThanThreshold", 25, "out")]
    rises = [{"at": "2m", "runTask": {"taskDefinition": "a:2", "count": 10}},
             {"at": "2m", "runTask": {"taskDefinition": "a:2", "count": 10}}]
    outward = "scale_out" in expected
    log = events(scenario(10, rises if outward else [], duration="15m", scalableTargets=targets,
                          scalingPolicies=policies, alarms=alarms), "scaling.decision")
    if outward:
        equal((inputs["event"], expected), ("scale-out alarm during a scale-in cooldown",
                                            {"scale_out": "immediate", "scale_in_cooldown": "cancelled"}))
        # In at 60 s, for 600 s; out at 180 s, whose own 600 s begin then: it is due again at 780 s, not at 660 s.
        equal(applied(log), [(60, 9), (180, 14), (780, 19)])
    else:
        equal((inputs["event"], expected), ("scale-in alarm during a scale-in cooldown",
                                            {"scale_in": "blocked until the cooldown ends"}))
        equal(applied(log), [(60, 9), (660, 8)])
        equal([e["outcome"] for e in log if 60 < e["t"] < 660], ["cooldown"])


def deployment_topic(inputs, expected):
    equal(inputs["deployment_in_progress"], True)
    low = inputs["alarm"] == "low"
    step = [{"MetricIntervalUpperBound" if low else "MetricIntervalLowerBound": 0,
             "ScalingAdjustment": inputs["computed_desired"]}]
    content = scenario(
        inputs["current"], [{"at": "2m", "updateService": {"service": "s", "taskDefinition": "a:2"}}],
        duration="10m", behavior={"a:2": {"imagePull": 3600}},
        scalableTargets=[{**SERVICE, "MinCapacity": 0, "MaxCapacity": 100}],
        scalingPolicies=[policy("p", "ExactCapacity", step)],
        # Reserved: 4 % before the deployment, 8 % and more while it is stuck.
        alarms=[alarm("x", "LessThanThreshold" if low else "GreaterThanThreshold", 50 if low else 5, "p",
                      EvaluationPeriods=1 if not low else 3)])
    log = events(content, "scaling.decision", "service.updated", "deployment.completed")
    equal([e["t"] for e in log if e["event"] == "deployment.completed"], [40])
    desired = [e["desiredCount"] for e in log if e["event"] == "service.updated"]
    equal(desired[-1], expected["desired"])
    equal([e["outcome"] for e in log if e["event"] == "scaling.decision"][0],
          "blockedByDeployment" if low else "applied")


def scheduled_topic(inputs, expected):
    action = inputs["action"]
    content = scenario(
        inputs["current"], duration="5m",
        scalableTargets=[{**SERVICE, "MinCapacity": 0, "MaxCapacity": 100}],
        scheduledActions=[{**SERVICE, "ScheduledActionName": "x", "Schedule": "at(1970-01-05T00:02:00)",
                           "ScalableTargetAction": {"MinCapacity": action["min_capacity"],
                                                    "MaxCapacity": action["max_capacity"]}}])
    log = events(content, "service.created", "service.updated")
    equal(log[-1]["desiredCount"], expected["current"])


def tracked(group, target, percent):
    """A service's task, or a group's instance, of 1000 units of which that share is used; None: there is neither."""
    metric = "ASGAverageCPUUtilization" if group else "ECSServiceAverageCPUUtilization"
    configuration = {"TargetValue": target, "PredefinedMetricSpecification": {"PredefinedMetricType": metric}}
    content = scenario(0 if percent is None else 1, duration="20m")
    content["taskDefinitions"][0]["containerDefinitions"][0]["cpu"] = 1000
    content["behavior"] = {"a": {"cpu": {"idleUnits": 10 * (percent or 0), "startupUnits": 10 * (percent or 0)}}}
    if group:
        content["cluster"] = {}
        content["autoScalingGroups"] = [{"AutoScalingGroupName": "g", "MinSize": 0, "MaxSize": 1, "vcpu": 1000 / 1024,
                                         "memoryMiB": 100, "DesiredCapacity": 0 if percent is None else 1}]
        content["scalingPolicies"] = [{"AutoScalingGroupName": "g", "PolicyName": "p", "PolicyType":
                                       "TargetTrackingScaling", "TargetTrackingConfiguration": configuration}]
    else:
        content["scalableTargets"] = [{**SERVICE, "MinCapacity": 0, "MaxCapacity": 1}]
        content["scalingPolicies"] = [{**SERVICE, "PolicyName": "p", "PolicyType": "TargetTrackingScaling",
                                       "TargetTrackingScalingPolicyConfiguration": configuration}]
    return {(e["alarm"].split("-")[-2], e["to"]): e["t"] for e in events(content, "alarm.state")}


def tracking_alarms_topic(inputs, expected):
    """Each alarm fires one above (below) its threshold, after as many periods as it has, and not at it."""
    group = inputs["service"] == "ec2-auto-scaling"
    if group:
        period, high, low = expected["period_s"], expected["high_threshold"], expected["low_threshold"]
        high_count, low_count = expected["high_datapoints"], expected["low_datapoints"]
    else:
        equal((expected["high"]["operator"], expected["low"]["operator"]),
              ("GreaterThanThreshold", "LessThanThreshold"))
        equal(expected["statistic"], "Average")
        equal(expected["treat_missing_data"], "missing")
        equal(expected["low"]["period_s"], expected["high"]["period_s"])
        period, high, low = expected["high"]["period_s"], expected["high"]["threshold"], expected["low"]["threshold"]
        high_count, low_count = (expected[k]["evaluation_periods"] for k in ("high", "low"))
    target = inputs["target"]
    equal(tracked(group, target, None), {})
    equal(tracked(group, target, high).get(("AlarmHigh", "ALARM")), None)
    equal(tracked(group, target, high + 1).get(("AlarmHigh", "ALARM")), high_count * period)
    equal(tracked(group, target, low).get(("AlarmLow", "ALARM")), None)
    equal(tracked(group, target, low - 1).get(("AlarmLow", "ALARM")), low_count * period)


def groups_topic(inputs, expected):
    if "instance_types" in inputs:
        # A pool is a type in a zone: as many as there are pools, one launched in each.
        types = ["m5.large", "m5a.large", "c5.large", "r5.large"][:inputs["instance_types"]]
        zones = ["a", "b", "c", "d"][:inputs["availability_zones"]]
        equal((len(types), len(zones)), (inputs["instance_types"], inputs["availability_zones"]))
        log = events({"berth": 1, "duration": "1m", "autoScalingGroups": [
            {"AutoScalingGroupName": t, "MinSize": 8, "MaxSize": 8, "instanceType": t, "AvailabilityZones": zones}
            for t in types]}, "instance.registered")
        equal(len({(e["instanceType"], e["availabilityZone"]) for e in log}), expected["max_pools"])
        return
    log = events({"berth": 1, "duration": "1h", "autoScalingGroups": [
        {"AutoScalingGroupName": "g", "MinSize": inputs["desired"], "MaxSize": 20, "instanceType": "m5.large"}],
        "timeline": [{"at": "1m", "startInstanceRefresh": {"AutoScalingGroupName": "g", "Preferences": {
            "MinHealthyPercentage": inputs["min_healthy_pct"]}}}]}, "instance.terminated")
    at_once = collections.Counter(e["t"] for e in log)
    equal(set(at_once.values()), {expected["replaced_at_once"]})
    equal(len(log), inputs["desired"])


TOPICS = {
    "alarm-timing": alarm_timing_topic,
    "cooldown": cooldown_topic,
    "deployment": deployment_topic,
    "scheduled": scheduled_topic,
    "target-tracking-alarms": tracking_alarms_topic,
    "ec2-auto-scaling": groups_topic,
}

content = json.loads((ROOT / "tests/spec/autoscaling-examples.json").read_text())
examples = content if isinstance(content, list) else content["examples"]
counts = collections.Counter()
for example in examples:
    if example["topic"] in TOPICS:
        with test(f"{example['topic']}: {example['id']}"):
            TOPICS[example["topic"]](example["inputs"], example["expected"])
        counts[example["topic"]] += 1
for topic in TOPICS:
    print(f"# topic {topic}: {counts[topic]} examples")
    with test(f"topic {topic} has examples"):
        true(counts[topic] > 0, topic)

end()
