"""Goal: rules that show only in a whole run: what the reader makes of a file, and what follows from it.
Method: small scenarios through `berth run --events -`, at the numbers that the rules give; each test cites its rules.

    test_spec_walks.py BERTH ROOT
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "command"))
from program import *  # noqa: E402

GROUP = {"Name": "g", "Protocol": "HTTP", "Port": 80, "HealthCheckIntervalSeconds": 10,
         "HealthCheckTimeoutSeconds": 5, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2,
         "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}]}
BALANCED = [{"targetGroupArn": "g", "containerName": "c", "containerPort": 80}]


def container(**changes):
    return {"name": "c", "image": "c", "cpu": 100, "memory": 100,
            "portMappings": [{"containerPort": 80}], **changes}


def scenario(service={}, **changes):
    """Three instances in three zones, two revisions of one container, one service of two tasks."""
    return {"berth": 1, "duration": "10m",
            "cluster": {"containerInstances": [
                {"vcpu": 2, "memoryMiB": 4000, "count": 3, "availabilityZones": ["a", "b", "c"]}]},
            "taskDefinitions": [{"family": "a", "containerDefinitions": [container()]}] * 2,
            "services": [{"serviceName": "s", "taskDefinition": "a:1", "desiredCount": 2, **service}],
            **changes}


def events(content, *kinds):
    outcome = berth("run", "--events", "-", "-", stdin=json.dumps(content))
    equal(outcome.status, 0, outcome.err)
    log = [json.loads(line) for line in outcome.out.splitlines() if line.startswith("{")]
    return [e for e in log if e["event"] in kinds] if kinds else log


def brief(log, *keys):
    return [(e["t"], e["event"], *(e.get(k) for k in keys)) for e in log]


def of(log, task, since=0):
    """What is told of a task, without the calls that name it."""
    return [e for e in log if e.get("task") == task and e["event"] != "timeline" and e["t"] >= since]


def refused(content, part):
    outcome = berth("check", "-", stdin=json.dumps(content))
    equal(outcome.status, 2, outcome.out + outcome.err)
    contains(outcome.err, part)


with test("awsvpc: PROVISIONING takes the ENI's time, ACTIVATING pull and start, no balancer no drain (E50, E51)"):
    log = events(scenario(
        {"desiredCount": 1, "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["x"]}}},
        subnets={"x": "a"}, duration="3m",
        taskDefinitions=[{"family": "a", "networkMode": "awsvpc",
                          "containerDefinitions": [container()]}],
        behavior={"a": {"provisioning": 20, "imagePull": 10, "activation": 3, "shutdown": 4}},
        timeline=[{"at": "2m", "stopTask": {"task": "s/000001"}}]))
    equal(brief(of(log, "s/000001")), [
        (0, "task.provisioning"), (20, "task.pending"), (20, "task.activating"),
        (33, "task.running"), (73, "task.healthy"), (120, "task.deactivating"),
        (120, "task.stopping"), (124, "task.deprovisioning"), (124, "task.stopped")])

with test("a link is a dependency on START, and ends the other way round (E28, E30)"):
    linked = {"family": "a", "containerDefinitions": [
        container(name="front", links=["db:d"]), container(name="db", portMappings=[])]}
    log = events(scenario(
        {"desiredCount": 1}, taskDefinitions=[linked], duration="3m",
        behavior={"a": {"containers": {"db": {"activation": 7, "shutdown": 2},
                                       "front": {"activation": 1, "shutdown": 3}}}},
        timeline=[{"at": "2m", "stopTask": {"task": "s/000001"}}]), "task.running", "task.stopped")
    equal(brief(log[:2]), [(8, "task.running"), (125, "task.stopped")])

with test("who stops a task decides its stop code and its reason (E54, E55)"):
    log = events(scenario(
        {"desiredCount": 4}, duration="10m", behavior={"a:2": {"startFailureProbability": 1}},
        timeline=[{"at": "2m", "stopTask": {"task": "s/000001"}},
                  {"at": "3m", "crashTasks": {"service": "s", "count": 1}},
                  {"at": "4m", "terminateInstances": {"instances": ["i-000001"]}},
                  {"at": "6m", "runTask": {"taskDefinition": "a:2"}},
                  {"at": "7m", "updateService": {"service": "s", "desiredCount": 3}}]), "task.stopped")
    equal(sorted({(e["t"], e["stopCode"], e["stoppedReason"]) for e in log}), [
        (120, "UserInitiated", "Task stopped by user"),
        (180, "EssentialContainerExited", "Essential container in task exited"),
        (240, "TerminationNotice", "Host EC2 (instance i-000001) terminated."),
        (360, "TaskFailedToStart", "CannotStartContainerError"),
        (420, "ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/s#1)")])

with test("a strategy ranks, a constraint binds; running tasks are not looked at again (E72, E92, E152)"):
    log = events(scenario(duration="5m", timeline=[
        {"at": "2m", "updateService": {"service": "s", "placementConstraints": [
            {"type": "memberOf", "expression": "attribute:ecs.availability-zone == c"}]}},
        {"at": "3m", "updateService": {"service": "s", "desiredCount": 4}}]),
        "task.pending", "task.stopping", "deployment.started")
    equal(brief(log, "availabilityZone"), [
        (0, "deployment.started", None), (0, "task.pending", "a"), (0, "task.pending", "b"),
        (180, "task.pending", "c"), (180, "task.pending", "c")])

with test("the drain comes before SIGTERM: DEACTIVATING lasts the whole delay (E52, L90, L91, L93)"):
    log = events(scenario(
        {"desiredCount": 1, "loadBalancers": BALANCED}, targetGroups=[GROUP], duration="5m",
        behavior={"a": {"activation": 5, "shutdown": 3}},
        timeline=[{"at": "2m", "updateContainerInstancesState":
                   {"containerInstances": ["i-000001"], "status": "DRAINING"}}]))
    equal(brief(of(log, "s/000001", 1)), [
        (5, "task.running"), (5, "target.initial"), (5, "target.healthy"), (5, "task.healthy"),
        (125, "task.deactivating"), (125, "target.draining"), (145, "task.stopping"),
        (145, "target.unused"), (148, "task.deprovisioning"), (148, "task.stopped")])

with test("an instance that ends kills its tasks whatever the stage of their drain (L32, L93)"):
    log = events(scenario(
        {"desiredCount": 1, "loadBalancers": BALANCED}, targetGroups=[GROUP], duration="5m",
        timeline=[{"at": "2m", "updateContainerInstancesState":
                   {"containerInstances": ["i-000001"], "status": "DRAINING"}},
                  {"at": "130s", "terminateInstances": {"instances": ["i-000001"]}}]))
    equal(brief(of(log, "s/000001", 120), "reason"), [
        (120, "task.deactivating", None), (120, "target.draining", "Target.DeregistrationInProgress"),
        (130, "target.unused", "Target.InvalidState"), (130, "task.stopping", None),
        (130, "task.deprovisioning", None), (130, "task.stopped", None)])

with test("StopTask: SIGTERM at once, the target drains beside it (L92)"):
    log = events(scenario(
        {"desiredCount": 1, "loadBalancers": BALANCED}, targetGroups=[GROUP], duration="5m",
        behavior={"a": {"shutdown": 3}}, timeline=[{"at": "2m", "stopTask": {"task": "s/000001"}}]))
    equal(brief(of(log, "s/000001", 1)), [
        (120, "task.deactivating"), (120, "target.draining"), (120, "task.stopping"),
        (123, "task.deprovisioning"), (123, "task.stopped"), (140, "target.unused")])

with test("DRAINING: what is not RUNNING stops at once, standalone tasks stay (E170)"):
    log = events(scenario(
        cluster={"containerInstances": [{"vcpu": 2, "memoryMiB": 4000, "count": 2}]},
        behavior={"a": {"imagePull": 100}}, duration="5m",
        timeline=[{"at": 0, "runTask": {"taskDefinition": "a:2", "placementConstraints": [
            {"type": "memberOf", "expression": "ec2InstanceId == i-000001"}]}},
                  {"at": "10s", "updateContainerInstancesState":
                   {"containerInstances": ["i-000001"], "status": "DRAINING"}}]),
        "task.stopped", "task.running", "service.event")
    equal(brief(log, "task")[1:6], [
        (10, "task.stopped", "s/000001"), (10, "service.event", None), (10, "service.event", None),
        (100, "task.running", "family:a/000001"), (100, "task.running", "s/000002")])
    contains(log[2]["message"], "stopped 1 pending tasks.")

with test("with more tasks than desired, an unhealthy one goes first though in its grace period (E98, E107, L96)"):
    log = events(scenario(
        {"desiredCount": 3, "loadBalancers": BALANCED, "healthCheckGracePeriodSeconds": 6000},
        targetGroups=[GROUP], duration="5m",
        timeline=[{"at": "1m", "failHealthChecks": {"service": "s", "instances": ["i-000001"]}},
                  {"at": "3m", "updateService": {"service": "s", "desiredCount": 2}}]),
        "target.unhealthy", "task.stopping")
    equal(brief(log, "task"), [(70, "target.unhealthy", "s/000001"), (200, "task.stopping", "s/000001")])

with test("at the end of the grace period `initial` stops nobody, `unhealthy` does (L94, L95, L97)"):
    slow = {**GROUP, "HealthCheckIntervalSeconds": 60, "UnhealthyThresholdCount": 3}
    for grace, replaced_at in [(30, 120), (200, 200)]:
        log = events(scenario(
            {"desiredCount": 1, "loadBalancers": BALANCED, "healthCheckGracePeriodSeconds": grace},
            targetGroups=[slow], duration="5m", behavior={"a": {"startup": 1000}}),
            "task.pending", "deployment.completed")
        equal(brief(log, "task")[:2], [(0, "task.pending", "s/000001"),
                                       (replaced_at, "task.pending", "s/000002")])

with test("tasks that never turn healthy are replaced without end and without throttling (L95, E109)"):
    log = events(scenario({"desiredCount": 1, "loadBalancers": BALANCED}, targetGroups=[GROUP],
                          duration="30m", behavior={"a": {"startup": 7200}}),
                 "task.pending", "service.event")
    starts = [e["t"] for e in log if e["event"] == "task.pending"]
    equal(len(starts) > 20, True, starts)
    lacks(json.dumps(log), "consistently")

with test("probes keep their cadence, however late an answer comes (L14)"):
    log = events(scenario(
        {"desiredCount": 1, "loadBalancers": BALANCED}, targetGroups=[GROUP], duration="3m",
        timeline=[{"at": "55s", "failHealthChecks": {"service": "s", "how": "hang", "duration": "40s"}}]),
        "target.unhealthy", "target.healthy")
    # 60 and 70 s hang for 5 s each: unhealthy at 75; 100 and 110 s pass; the replacement is healthy at once.
    equal(brief([e for e in log if e["task"] == "s/000001"])[1], (75, "target.unhealthy"))

with test("a group that no rule names of a scenario with listeners has a balancer of its own (L31, L20)"):
    log = events(scenario({"desiredCount": 1, "loadBalancers": BALANCED}, targetGroups=[GROUP],
                          duration="1m"))
    equal([e["event"] for e in log if e["event"].startswith("target")],
          ["target.initial", "target.healthy"])

with test("an outage known to be none: a STOPPED agent comes back with its tasks (E12, E173)"):
    log = events(scenario(duration="12m", timeline=[
        {"at": "2m", "disconnectAgents": {"instances": ["i-000001"], "duration": "5m"}}]),
        "instance.disconnected", "instance.active", "task.stopped", "task.pending")
    equal(brief(log, "instance")[2:], [(240, "instance.disconnected", "i-000001"),
                                       (420, "instance.active", "i-000001")])

with test("a definition's and a service's constraints are at most 10 together (E40)"):
    member = {"type": "memberOf", "expression": "attribute:ecs.availability-zone == a"}
    many = scenario({"placementConstraints": [member] * 5},
                    taskDefinitions=[{"family": "a", "placementConstraints": [member] * 6,
                                      "containerDefinitions": [container()]}])
    refused(many, "at most 10 (E40)")
    del many["services"][0]["placementConstraints"][0]
    events(many)

with test("launch type and strategy exclude each other; neither: the cluster's default strategy (E41)"):
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    fargate = scenario(
        {"desiredCount": 1, "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["x"]}}},
        cluster={"capacityProviders": ["FARGATE", "FARGATE_SPOT"],
                 "defaultCapacityProviderStrategy": spot},
        taskDefinitions=[{"family": "a", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
                          "requiresCompatibilities": ["FARGATE"],
                          "containerDefinitions": [container()]}], duration="3m")
    equal(brief(events(fargate, "task.running")), [(20, "task.running")])
    fargate["services"][0].update(launchType="FARGATE", capacityProviderStrategy=spot)
    refused(fargate, "(E41)")


with test("the circuit breaker counts crashes of tasks that were never healthy, and no others (E158)"):
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False, "resetOnHealthyTask": False,
                                            "thresholdConfiguration": {"type": "COUNT", "value": 2}}}
    # Room for three tasks: the deployment of four stays in progress. Its tasks are healthy 40 s after they run.
    for at, failed in [(30, [30]), (50, [])]:
        log = events(scenario(
            {"desiredCount": 4, "deploymentConfiguration": breaker}, duration="3m",
            cluster={"containerInstances": [{"vcpu": 2, "memoryMiB": 399}]},
            controlPlane={"breakerCountsPlacement": False},
            timeline=[{"at": at, "crashTasks": {"service": "s", "count": 2}}]),
            "deployment.failed", "deployment.completed")
        equal([e["t"] for e in log], failed)

with test("of several unhealthy tasks the one that has been so for longest is replaced first (E104)"):
    log = events(scenario(
        {"desiredCount": 3, "loadBalancers": BALANCED, "healthCheckGracePeriodSeconds": 150,
         "deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}},
        targetGroups=[GROUP], duration="5m", timeline=[
            {"at": "31s", "failHealthChecks": {"service": "s", "instances": ["i-000002"]}},
            {"at": "61s", "failHealthChecks": {"service": "s", "instances": ["i-000001"]}}]),
        "task.unhealthy", "task.deactivating")
    equal(brief(log[:4], "task"), [
        (50, "task.unhealthy", "s/000002"), (80, "task.unhealthy", "s/000001"),
        (150, "task.deactivating", "s/000002"), (170, "task.deactivating", "s/000001")])

with test("of several DRAINING instances the one that has been so for longest is emptied first (E172)"):
    for first, second, task in [("i-000001", "i-000002", "s/000001"), ("i-000002", "i-000001", "s/000002")]:
        log = events(scenario(
            {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 150}}, duration="5m",
            timeline=[{"at": at, "updateContainerInstancesState": {
                "containerInstances": [instance], "status": "DRAINING"}}
                for at, instance in [("60s", first), ("61s", second)]]), "task.stopping")
        equal(brief(log, "task")[0], (100, "task.stopping", task))
        equal([e["t"] for e in log], [100, 140])

with test("healthy tasks of the oldest deployment go first (E146, E150)"):
    log = events(scenario(
        {"desiredCount": 4, "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 125}},
        duration="20m", timeline=[
            {"at": "60s", "updateService": {"service": "s", "taskDefinition": "a:2"}},
            {"at": "145s", "updateService": {"service": "s", "forceNewDeployment": True}}]), "task.stopping")
    # One at a time: at 145 s the first deployment has two healthy tasks left, the second two and one that starts.
    equal([e["deployment"] for e in log], ["s#1", "s#1", "s#2", "s#1", "s#1", "s#2", "s#2"])


with test("what replaces an old task while healthy ones are short is not stopped as an old task (E103, E146)"):
    log = events(scenario(
        duration="8m", behavior={"a:1": {"activation": 25}},
        taskDefinitions=[{"family": "a", "containerDefinitions": [container(cpu=cpu)]} for cpu in (100, 4000)],
        timeline=[{"at": "2m", "updateService": {"service": "s", "taskDefinition": "a:2"}},
                  {"at": "5m", "crashTasks": {"service": "s", "count": 1}},
                  # A pass while the replacement starts.
                  {"at": "310s", "updateService": {"service": "s", "healthCheckGracePeriodSeconds": 1}}]),
        "task.pending", "task.running", "task.stopping")
    equal(brief([e for e in log if e["t"] >= 120 and e["task"] == "s/000003"], "taskDefinition"),
          [(300, "task.pending", "a:1"), (325, "task.running", "a:1")])
    equal(len([e for e in log if e["event"] == "task.stopping"]), 1)


with test("no steady state while a task runs on a DRAINING instance (E113, E147)"):
    log = events(scenario(
        {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 100}}, duration="13h",
        timeline=[{"at": "2m", "updateContainerInstancesState":
                   {"containerInstances": ["i-000001"], "status": "DRAINING"}}]), "service.event")
    equal([e["t"] for e in log if "steady state" in e["message"]], [40])
    equal([e["t"] for e in log if "deployment configuration" in e["message"]], [120, 21720, 43320])

with test("an unhealthy task on a DRAINING instance goes at once if enough are healthy, grace or not (E146, E172)"):
    log = events(scenario(
        {"desiredCount": 3, "loadBalancers": BALANCED, "healthCheckGracePeriodSeconds": 6000,
         "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 100}},
        targetGroups=[GROUP], duration="5m", timeline=[
            {"at": "31s", "failHealthChecks": {"service": "s", "instances": ["i-000001"]}},
            {"at": "100s", "updateContainerInstancesState":
             {"containerInstances": ["i-000001"], "status": "DRAINING"}}]),
        "task.unhealthy", "task.deactivating")
    equal(brief(log, "task", "cause"), [(50, "task.unhealthy", "s/000001", "targetHealth"),
                                        (100, "task.deactivating", "s/000001", "drain")])

with test("after a deployment has failed, scaling in takes tasks of the older one first (E107, E159)"):
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False, "resetOnHealthyTask": False,
                                            "thresholdConfiguration": {"type": "COUNT", "value": 3}},
               "minimumHealthyPercent": 100, "maximumPercent": 150}
    # Room for five tasks: the second copy of the new revision is refused at 120, 130 and 140 s (E112, E157).
    log = events(scenario(
        {"desiredCount": 4, "deploymentConfiguration": breaker}, duration="6m",
        cluster={"containerInstances": [{"vcpu": 2, "memoryMiB": 599}]},
        timeline=[{"at": "2m", "updateService": {"service": "s", "taskDefinition": "a:2"}},
                  {"at": "5m", "updateService": {"service": "s", "desiredCount": 3}}]),
        "deployment.failed", "task.stopping")
    equal(brief(log, "taskDefinition"), [(140, "deployment.failed", "a:2"), (300, "task.stopping", "a:1"),
                                         (300, "task.stopping", "a:1")])

with test("on Fargate the fullest zone gives the task, not the newest one (E86, E91)"):
    log = events(scenario(
        {"launchType": "FARGATE", "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["x", "y"]}},
         "availabilityZoneRebalancing": "DISABLED"},
        subnets={"x": "a", "y": "b"}, duration="6m",
        taskDefinitions=[{"family": "a", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
                          "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [container()]}],
        timeline=[{"at": 0, "refuseLaunches": {"availabilityZone": "a", "duration": "1m"}},
                  {"at": "2m", "updateService": {"service": "s", "desiredCount": 3}},
                  {"at": "4m", "updateService": {"service": "s", "desiredCount": 2}}]),
        "task.pending", "task.stopping")
    equal(brief(log, "task", "availabilityZone"), [
        (20, "task.pending", "s/000001", "b"), (20, "task.pending", "s/000002", "b"),
        (140, "task.pending", "s/000003", "a"), (240, "task.stopping", "s/000002", "b")])


def scaled(policy, **changes):
    """A service of 1 to 12 tasks that a policy scales."""
    of_service = {"ServiceNamespace": "ecs", "ResourceId": "service/default/s",
                  "ScalableDimension": "ecs:service:DesiredCount"}
    return {"scalableTargets": [{**of_service, "MinCapacity": 1, "MaxCapacity": 12}],
            "scalingPolicies": [{**of_service, "PolicyName": "p", **policy}], **changes}


with test("reserved is what the scheduler reserves: 10 x (1024, 2048) of (18432, 33926) is 55.56 % and 60.37 %; "
          "a step policy waits 300 s by itself; what it decides comes after the delay (A09, A10, A12, A46, A56, A69)"):
    for metric, value in [("CPUReservation", 1024 * 1000 / 18432), ("MemoryReservation", 2048 * 1000 / 33926)]:
        log = events(scenario(
            {"desiredCount": 10}, duration="18m", controlPlane={"scalingActionDelaySeconds": 7},
            cluster={"containerInstances": [{"vcpu": 16, "memoryMiB": 30158}, {"vcpu": 2, "memoryMiB": 3768}]},
            taskDefinitions=[{"family": "a", "containerDefinitions": [container(cpu=1024, memory=2048)]}],
            **scaled({"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {
                "AdjustmentType": "ChangeInCapacity",
                "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]}}),
            alarms=[{"AlarmName": "full", "Namespace": "AWS/ECS", "MetricName": metric, "Statistic": "Average",
                     "Dimensions": [{"Name": "ClusterName", "Value": "default"}], "Period": 60,
                     "EvaluationPeriods": 1, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold",
                     "AlarmActions": ["p"]}]), "alarm.state", "scaling.decision", "service.updated")
        equal(log[0]["to"], "ALARM")
        true(abs(log[0]["value"] - value) < 1e-9, log[0])
        equal(brief(log[1:], "outcome", "desiredCount"), [
            (120, "scaling.decision", "applied", None), (127, "service.updated", None, 11),
            (180, "scaling.decision", "cooldown", None), (480, "scaling.decision", "applied", None),
            (487, "service.updated", None, 12), (540, "scaling.decision", "atMax", None)])

with test("tracking starts from what runs, not from what is desired and finds no room (A41, A62, A63)"):
    log = events(scenario(
        {"desiredCount": 1, "loadBalancers": BALANCED}, duration="20m", targetGroups=[GROUP],
        cluster={"containerInstances": [{"vcpu": 2, "memoryMiB": 4000}]},
        taskDefinitions=[{"family": "a", "containerDefinitions": [container(cpu=1024)]}],
        traffic=[{"targetGroup": "g", "requestsPerSecond": 4}],
        **scaled({"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 50, "ScaleOutCooldown": 60, "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": "app/x/1/targetgroup/g/2"}}})), "scaling.decision")
    # 240 requests a minute for one, then two targets: wants ceil(1 x 240 / 50), then ceil(2 x 120 / 50).
    equal(brief(log, "running", "value", "wanted", "to"), [
        (240, "scaling.decision", 1, 240, 5, 5), (300, "scaling.decision", 2, 240, 10, 10),
        (360, "scaling.decision", 2, 120, 5, 10)])

with test("tracking's alarms, and 300 s between its scale-ins (A60, A67)"):
    log = events(scenario(
        {"desiredCount": 10}, duration="30m",
        cluster={"containerInstances": [{"vcpu": 16, "memoryMiB": 30158}, {"vcpu": 2, "memoryMiB": 3768}]},
        taskDefinitions=[{"family": "a", "containerDefinitions": [container(cpu=1024)]}],
        **scaled({"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 100, "CustomizedMetricSpecification": {
                "Namespace": "AWS/ECS", "MetricName": "CPUReservation", "Statistic": "Average",
                "Dimensions": [{"Name": "ClusterName", "Value": "default"}]}}})),
        "alarm.state", "scaling.decision")
    # 15 minutes below 90 %: ceil(10 x 0.5556), then ceil(6 x 0.3333), then ceil(2 x 0.1111).
    equal([(e["t"], e["from"], e["to"]) for e in log if e.get("outcome") == "applied"],
          [(960, 10, 6), (1260, 6, 2), (1560, 2, 1)])
    equal({e["alarm"] for e in log if "alarm" in e},
          {f"TargetTracking-service/default/s-Alarm{way}-p" for way in ("High", "Low")})

with test("within a minute's instant: alarms, scheduled actions, policies, then the service's pass (A110, A111)"):
    of_service = {"ServiceNamespace": "ecs", "ResourceId": "service/default/s",
                  "ScalableDimension": "ecs:service:DesiredCount"}
    log = events(scenario(
        {"desiredCount": 2}, duration="3m",
        **scaled({"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ExactCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 6}]}}),
        scheduledActions=[{**of_service, "ScheduledActionName": "raise",
                           "Schedule": "at(1970-01-05T00:02:00)",
                           "ScalableTargetAction": {"MinCapacity": 4, "MaxCapacity": 5}}],
        alarms=[{"AlarmName": "any", "Namespace": "AWS/ECS", "MetricName": "CPUReservation",
                 "Dimensions": [{"Name": "ClusterName", "Value": "default"}], "Statistic": "Average",
                 "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "AlarmActions": ["p"],
                 "ComparisonOperator": "GreaterThanThreshold"}]),
        "alarm.state", "scaling.decision", "service.updated", "task.pending")
    equal(brief([e for e in log if e["t"] == 120], "scheduledAction", "policy", "to"), [
        (120, "alarm.state", None, None, "ALARM"), (120, "scaling.decision", "raise", None, 4),
        (120, "service.updated", None, None, None), (120, "scaling.decision", None, "p", 5),
        (120, "service.updated", None, None, None)] + 3 * [(120, "task.pending", None, None, None)])

with test("within a scale-out's window tracking counts what was added: from max(running, desired) (A57, A58)"):
    log = events(scenario(
        {"desiredCount": 1, "loadBalancers": BALANCED}, duration="6m", targetGroups=[GROUP],
        cluster={"containerInstances": [{"vcpu": 2, "memoryMiB": 4000}]},
        taskDefinitions=[{"family": "a", "containerDefinitions": [container(cpu=1024)]}],
        traffic=[{"targetGroup": "g", "requestsPerSecond": 2}],
        **scaled({"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 50, "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": "app/x/1/targetgroup/g/2"}}})), "scaling.decision")
    # 120 a minute: ceil(1 x 120 / 50); a minute later two run, three are desired: ceil(3 x 120 / 50).
    equal(brief(log, "running", "wanted", "outcome")[:2], [
        (240, "scaling.decision", 1, 3, "applied"), (300, "scaling.decision", 2, 8, "applied")])

with test("a scale-in waits for a scale-out's window; a scale-out ends a scale-in's (A57, A58)"):
    of_service = {"ServiceNamespace": "ecs", "ResourceId": "service/default/s",
                  "ScalableDimension": "ecs:service:DesiredCount"}

    def step(name, adjustment, bound, cooldown):
        return {**of_service, "PolicyName": name, "PolicyType": "StepScaling",
                "StepScalingPolicyConfiguration": {
                    "AdjustmentType": "ChangeInCapacity", "Cooldown": cooldown,
                    "StepAdjustments": [{bound: 0, "ScalingAdjustment": adjustment}]}}

    def watch(name, operator, threshold, policy):
        return {"AlarmName": name, "Namespace": "AWS/ECS", "MetricName": "CPUReservation", "Statistic": "Average",
                "Dimensions": [{"Name": "ClusterName", "Value": "default"}], "Period": 60,
                "EvaluationPeriods": 1, "Threshold": threshold, "ComparisonOperator": operator,
                "AlarmActions": [policy]}

    for load_at, out_cooldown, in_cooldown, applied in [
            # Out at 60 s; the load is gone at 100 s: in when out's window has ended, and every minute then.
            ("0s", 300, 60, [(60, 5), (360, 4), (420, 3), (480, 2)]),
            # In at 60 s, for 600 s; out at 180 and 240 s end that wait: in again at 300 s.
            ("2m", 60, 600, [(60, 3), (180, 4), (240, 5), (300, 4)])]:
        log = events(scenario(
            {"desiredCount": 4}, duration="11m", controlPlane={"metricDelaySeconds": 0},
            cluster={"containerInstances": [{"vcpu": 10, "memoryMiB": 4000, "count": 10}]},
            taskDefinitions=[{"family": f, "containerDefinitions": [container(cpu=1024)]} for f in ("a", "b")],
            behavior={"b": {"runTime": 100}},
            scalableTargets=[{**of_service, "MinCapacity": 2, "MaxCapacity": 12}],
            scalingPolicies=[step("out", 1, "MetricIntervalLowerBound", out_cooldown),
                             step("in", -1, "MetricIntervalUpperBound", in_cooldown)],
            timeline=[{"at": load_at, "runTask": {"taskDefinition": "b", "count": 10}}],
            alarms=[watch("high", "GreaterThanThreshold", 10, "out"),
                    watch("low", "LessThanThreshold", 8, "in")]), "scaling.decision")
        equal([(e["t"], e["to"]) for e in log if e["outcome"] == "applied"], applied)


with test("quotas are warnings, and so is what is not simulated of an attribute (E190, L5, L46)"):
    for content, part in [
            (scenario({"desiredCount": 6000}), "6000 tasks: the quota is 5000 a service (E190)"),
            (scenario(targetGroups=[{**GROUP, "Name": f"g{i}"} for i in range(101)],
                      loadBalancers=[{"LoadBalancerName": "b", "Subnets": ["x", "y"]}],
                      listeners=[{"LoadBalancerArn": "b", "Port": 1000 + i, "Protocol": "HTTP",
                                  "DefaultActions": [{"Type": "forward", "TargetGroupArn": f"g{i}"}]}
                                 for i in range(101)]), "(L5)"),
            (scenario(targetGroups=[{**GROUP, "Attributes": [
                {"Key": "stickiness.enabled", "Value": "true"}]}]), "is not simulated")]:
        outcome = berth("check", "-", stdin=json.dumps(content))
        equal(outcome.status, 0, outcome.err)
        contains(outcome.err, part)

with test("one instance holds many targets, each by its own dynamic port (E7, E115b, L3)"):
    log = events(scenario(
        {"desiredCount": 3, "loadBalancers": BALANCED}, targetGroups=[GROUP], duration="2m",
        cluster={"containerInstances": [{"vcpu": 2, "memoryMiB": 4000}]},
        timeline=[{"at": "1m", "failHealthChecks": {"service": "s"}}]), "service.event")
    ports = {e["message"].split("(port ")[1].split(")")[0] for e in log if "(port " in e["message"]}
    equal(sorted(ports), ["32768", "32769", "32770"])

end()
