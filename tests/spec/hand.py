"""hand.py - small scenarios whose results can be worked out by hand: instances of t = 0, every duration 0."""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "command"))
from program import *  # noqa: E402,F401,F403

SERVICE = {"ServiceNamespace": "ecs", "ResourceId": "service/c/w",
           "ScalableDimension": "ecs:service:DesiredCount"}
CPU = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average",
       "Dimensions": [{"Name": "ClusterName", "Value": "c"}, {"Name": "ServiceName", "Value": "w"}]}
REQUESTS = {"Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount", "Statistic": "Sum",
            "Dimensions": [{"Name": "TargetGroup", "Value": "g"}]}
PER_TARGET = {**REQUESTS, "MetricName": "RequestCountPerTarget"}
UP, DOWN = "GreaterThanThreshold", "LessThanThreshold"
LASTING = {"healthCheckGracePeriodSeconds": 100000}  # nobody is replaced


def scenario(tasks=1, rate=None, duration="10m", zones="a", service={}, group={}, attributes={}, behavior={}, **changes):
    """Tasks of one vCPU behind a group checked every 10 s; r requests a second on n tasks are r / 10n % of their CPU."""
    values = {"deregistration_delay.timeout_seconds": "20", **attributes}
    content = {
        "berth": 1, "duration": duration, "subnets": {z: z for z in zones},
        "cluster": {"clusterName": "c", "containerInstances": [
            {"vcpu": 64, "memoryMiB": 262144, "count": 2 * len(zones), "availabilityZones": list(zones)}]},
        "taskDefinitions": [{"family": "w", "containerDefinitions": [
            {"name": "w", "image": "w", "cpu": 1024, "memory": 1024, "portMappings": [{"containerPort": 80}]}]}],
        "targetGroups": [{"Name": "g", "HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 5,
                          "Attributes": [{"Key": k, "Value": v} for k, v in values.items()], **group}],
        "services": [{"serviceName": "w", "taskDefinition": "w:1", "desiredCount": tasks,
                      "availabilityZoneRebalancing": "DISABLED",
                      "loadBalancers": [{"targetGroupArn": "g", "containerName": "w", "containerPort": 80}], **service}],
        "behavior": {"w": {"requestSeconds": 0.1, "cpu": {"secondsPerRequest": 0.001}, **behavior}}}
    if rate is not None:
        content["traffic"] = [{"targetGroup": "g", "requestsPerSecond": rate}]
    return {**content, **changes}


def steps(*points):
    return {"points": [list(p) for p in points], "interpolate": "step"}


def alarm(name, operator, threshold, metric=REQUESTS, periods=1, policies=(), **changes):
    return {"AlarmName": name, "Period": 60, "EvaluationPeriods": periods, "Threshold": threshold,
            "ComparisonOperator": operator, **metric,
            **({"AlarmActions": list(policies)} if policies else {}), **changes}


def step_policy(name, *adjustments, kind="ChangeInCapacity", cooldown=3600, **changes):
    """Adjustments (low, high, number); None: no bound."""
    rows = [{k: v for k, v in (("MetricIntervalLowerBound", low), ("MetricIntervalUpperBound", high),
                               ("ScalingAdjustment", by)) if v is not None} for low, high, by in adjustments]
    body = {"AdjustmentType": kind, "StepAdjustments": rows, **changes}
    if cooldown is not None:
        body["Cooldown"] = cooldown
    return {**SERVICE, "PolicyName": name, "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": body}


def tracking(name, target, metric="ALBRequestCountPerTarget", **changes):
    label = {"ResourceLabel": "g"} if metric.startswith("ALB") else {}
    return {**SERVICE, "PolicyName": name, "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": target,
                "PredefinedMetricSpecification": {"PredefinedMetricType": metric, **label}, **changes}}


def bounds(low=1, high=100, **changes):
    return {**SERVICE, "MinCapacity": low, "MaxCapacity": high, **changes}


def scaled(tasks, rate, policies, alarms=(), target=None, **changes):
    return scenario(tasks, rate, scalableTargets=[target or bounds()], scalingPolicies=list(policies),
                    alarms=list(alarms), **changes)


class Run:
    def __init__(self, content):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            outcome = berth("run", "--json", "--events", log, "-", stdin=json.dumps(content))
            equal(outcome.status, 0, outcome.err)
            self.log = [json.loads(line) for line in log.read_text().splitlines()]
        self.metrics = json.loads(outcome.out)["metrics"]

    def __getitem__(self, name):
        return self.metrics[name if "." in name and name.split(".")[0] in ("services", "queues") else f"services.w.{name}"]

    def of(self, kind, **only):
        return [e for e in self.log if e["event"] == kind and all(e.get(k) == v for k, v in only.items())]

    def times(self, kind, **only):
        return [e["t"] for e in self.of(kind, **only)]

    def states(self, name):
        return [(e["t"], e["to"]) for e in self.of("alarm.state", alarm=name)]

    def applied(self):
        return [(e["t"], e["from"], e["to"]) for e in self.of("scaling.decision", outcome="applied")]

    def outcomes(self):
        return [(e["t"], e["outcome"]) for e in self.of("scaling.decision")]


def near(got, want, by=1e-6):
    if got is None or abs(got - want) > by:
        raise AssertionError(f"got {got}, expected {want} within {by}")
