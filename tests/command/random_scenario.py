"""random_scenario.py - valid scenarios in JSON, drawn from a seed: everything the format has, in any combination.

random_scenario(seed) -> dict. Where tests/properties/storm.h draws what the model takes, this draws what people write:
it goes through the reader, the policies' own alarms, the analysis and every output.
"""
import random

ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


class Draw(random.Random):
    def maybe(self, probability=0.5):
        return self.random() < probability

    def seconds(self, low, high):
        """A distribution with that mean, more or less."""
        mean = round(self.uniform(low, high), 2) + 0.01
        return self.choice([mean, {"exponential": {"mean": mean}}, {"uniform": {"min": 0, "max": 2 * mean}},
                            {"lognormal": {"median": mean, "sigma": 0.4}}, {"gamma": {"shape": 2, "scale": mean / 2}}])

    def rate(self, top, minutes):
        if self.maybe(0.1):
            return {"sum": [self.rate(top, minutes)], "noise": self.seconds(0, 2), "noisePeriod": self.choice(["1m", "7m"])}
        kind = self.randrange(5)
        if kind == 0:
            return round(self.uniform(0, top), 3)
        if kind == 1:
            at = sorted(self.sample(range(minutes), min(minutes, self.randint(1, 8))))
            return {"points": [[f"{t}m", round(self.uniform(0, top), 2)] for t in at],
                    "interpolate": self.choice(["linear", "step"])}
        if kind == 2:
            mean = self.uniform(0, top)
            return {"sine": {"mean": mean, "amplitude": mean * self.random(), "period": f"{self.randint(5, 90)}m"}}
        if kind == 3:
            return {"sum": [self.rate(top / 2, minutes), self.rate(top / 2, minutes)]}
        return {"points": [["0s", 0], [f"{minutes // 3}m", top], [f"{minutes // 2}m", top / 10]], "interpolate": "step"}


def entrance(r, scenario, minutes):
    """A load balancer before the first two target groups, whose rules split its traffic."""
    first, second = [g["Name"] for g in scenario["targetGroups"] if g["Protocol"] == "HTTP"][:2]
    scenario["loadBalancers"] = [{"Name": "lb", "Type": "application", "AvailabilityZones": [
        {"ZoneName": z} for z in ZONES[:r.randint(2, 3)]]}]
    scenario["listeners"] = [{"Protocol": "HTTP", "Port": 80, "DefaultActions": [
        {"Type": "forward", "TargetGroupArn": first}]}]
    scenario["listenerRules"] = [{"Priority": 1, "Conditions": [{"Field": "path-pattern", "Values": ["/b/*"]}], "Actions": [
        {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": first, "Weight": r.randrange(3)},
                                                               {"TargetGroupArn": second, "Weight": 2}]}}]}]
    scenario["traffic"] = [t for t in scenario["traffic"] if t.get("targetGroup") not in (first, second)]
    scenario["traffic"].append({"loadBalancer": "lb", "requestsPerSecond": r.rate(200, minutes),
                                "paths": {"/b/x": 0.25, "/": 0.75}})


def behavior(r):
    b = {"imagePull": r.seconds(0, 30), "startup": r.seconds(0, 40), "shutdown": r.seconds(0, 20)}
    if r.maybe(0.3):
        b["activation"] = r.seconds(0, 3)
    if r.maybe():
        b["cpu"] = {"idleUnits": r.randrange(64), "secondsPerRequest": r.choice([0, 0.002, 0.02, 0.1])}
        if r.maybe(0.3):
            b["cpu"]["startupUnits"] = r.randrange(1000)
    if r.maybe():
        b["memory"] = {"idleMiB": r.randrange(1, 100), "miBPerConcurrentRequest": r.choice([0, 0.1, 2]),
                       "leakMiBPerHour": r.choice([0, 0, 30, 600])}
    if r.maybe(0.3):
        b["failHealthChecksAbove"] = r.choice([0.7, 0.95])
    if r.maybe(0.2):
        b["errorRate"] = r.random() / 5
    if r.maybe(0.2):
        b["timeToCrash"] = r.seconds(300, 3000)
    if r.maybe(0.1):
        b["startFailureProbability"] = r.random() / 2
    if r.maybe():
        b["requestSeconds"] = r.seconds(0.01, 0.5)
    return b


def definition(r, family, fargate, awsvpc, health):
    container = {"name": "main", "image": f"{family}:1"}
    if fargate:
        cpu, memory = r.choice([(256, 512), (256, 1024), (512, 1024), (1024, 2048)])
        d = {"family": family, "cpu": str(cpu), "memory": str(memory), "requiresCompatibilities": ["FARGATE"]}
    else:
        container |= {"cpu": r.choice([0, 64, 128, 256, 512]), "memory": r.choice([128, 256, 512])}
        if r.maybe(0.3):
            container["memoryReservation"] = 64
        d = {"family": family}
        if r.maybe(0.3):
            d |= {"cpu": "1024", "memory": "1024"}
    awsvpc = awsvpc or fargate
    d["networkMode"] = "awsvpc" if awsvpc else "bridge"
    container["portMappings"] = [{"containerPort": 80} if awsvpc else {"containerPort": 80, "hostPort": 0}]
    if health:
        container["healthCheck"] = {"command": ["CMD", "true"], "interval": r.choice([5, 30]), "timeout": 2, "retries": 2}
    if r.maybe(0.3):
        container["stopTimeout"] = r.randrange(2, 60)
    if r.maybe(0.2):
        container["restartPolicy"] = {"enabled": True, "restartAttemptPeriod": 60}
    d["containerDefinitions"] = [container]
    if r.maybe(0.3):
        container["memory"] = container.get("memory", 256)
        d["containerDefinitions"].append(
            {"name": "side", "image": "side:1", "essential": r.maybe(), "cpu": 32, "memory": 64,
             "dependsOn": [{"containerName": "main", "condition": "START"}]})
    return d


def strategy(r):
    return r.choice([[], [{"type": "binpack", "field": r.choice(["cpu", "memory"])}], [{"type": "random"}],
                     [{"type": "spread", "field": "instanceId"}],
                     [{"type": "spread", "field": "attribute:ecs.availability-zone"},
                      {"type": "binpack", "field": "memory"}]])


def target_group(r, name, ip, network):
    g = {"Name": name, "TargetType": "ip" if ip else "instance", "Protocol": "TCP" if network else "HTTP",
         "HealthCheckIntervalSeconds": r.choice([5, 10, 30]), "HealthCheckTimeoutSeconds": r.choice([2, 4]),
         "HealthyThresholdCount": r.choice([2, 3, 5]), "UnhealthyThresholdCount": r.choice([2, 3])}
    attributes = {"deregistration_delay.timeout_seconds": r.choice([0, 15, 60, 300])}
    if not network and r.maybe(0.3):
        attributes["slow_start.duration_seconds"] = r.choice([30, 90])
    elif not network and r.maybe(0.3):
        attributes["load_balancing.algorithm.type"] = r.choice(["least_outstanding_requests", "weighted_random"])
    if r.maybe(0.2):
        attributes["load_balancing.cross_zone.enabled"] = "false"
    if r.maybe(0.2):
        attributes["target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"] = r.randint(1, 3)
    g["Attributes"] = [{"Key": k, "Value": str(v)} for k, v in attributes.items()]
    return g


def service(r, name, fargate, group, alarm):
    s = {"serviceName": name, "taskDefinition": name, "desiredCount": r.randrange(0, 7)}
    low, high = r.choice([(0, 100), (50, 100), (50, 200), (100, 200), (100, 150)])
    s["deploymentConfiguration"] = {"minimumHealthyPercent": low, "maximumPercent": high}
    if r.maybe(0.4):
        s["deploymentConfiguration"]["deploymentCircuitBreaker"] = {"enable": True, "rollback": r.maybe()}
    if alarm:
        s["deploymentConfiguration"]["alarms"] = {"alarmNames": [alarm], "enable": True, "rollback": r.maybe()}
    if fargate:
        s |= fargate
        s["networkConfiguration"] = {"awsvpcConfiguration": {"subnets": r.sample(ZONES, r.randint(1, 3))}}
    else:
        s["placementStrategy"] = strategy(r)
        if r.maybe(0.2):
            s["placementConstraints"] = [{"type": "distinctInstance"}]
    if group:
        s["loadBalancers"] = [{"targetGroupArn": group, "containerName": "main", "containerPort": 80}]
        s["healthCheckGracePeriodSeconds"] = r.choice([0, 60, 120])
    if r.maybe(0.3):
        s["availabilityZoneRebalancing"] = r.choice(["ENABLED", "DISABLED"]) if high > 100 else "DISABLED"
    return s


def target_tracking(r, name, groups, queues):
    metric = r.choice(["ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization",
                       "ECSServiceAverageCPUUtilizationHighResolution", "requests"])
    configuration = {"TargetValue": r.choice([5, 30, 70]), "ScaleOutCooldown": r.choice([0, 60, 300]),
                     "ScaleInCooldown": r.choice([0, 60, 300]), "DisableScaleIn": r.maybe(0.2)}
    if queues and r.maybe():
        configuration["CustomizedMetricSpecification"] = {
            "Namespace": "AWS/SQS", "MetricName": r.choice(["BacklogPerTask", "ApproximateNumberOfMessagesVisible"]),
            "Dimensions": [{"Name": "QueueName", "Value": queues[0]}], "Statistic": "Average"}
    elif metric == "requests" and groups:
        configuration["PredefinedMetricSpecification"] = {
            "PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": f"app/lb/1/targetgroup/{groups[0]}/2"}
        configuration["TargetValue"] = r.choice([60, 1000])
    else:
        configuration["PredefinedMetricSpecification"] = {
            "PredefinedMetricType": metric if metric != "requests" else "ECSServiceAverageCPUUtilization"}
    return {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": configuration}


def step_scaling(r):
    out = r.maybe()
    steps = ([{"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
              {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 2}] if out else
             [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}])
    return {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {
        "AdjustmentType": r.choice(["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"])
        if out else "ChangeInCapacity", "StepAdjustments": steps, "Cooldown": r.choice([0, 60, 300])}}, out


def alarm(r, name, service_name, group, actions, out):
    a = {"AlarmName": name, "AlarmActions": actions, "Period": r.choice([60, 60, 120]),
         "EvaluationPeriods": r.randint(1, 4), "Threshold": r.choice([1, 20, 60]),
         "ComparisonOperator": "GreaterThanThreshold" if out else "LessThanOrEqualToThreshold",
         "TreatMissingData": r.choice(["missing", "breaching", "notBreaching", "ignore"])}
    a["DatapointsToAlarm"] = r.randint(1, a["EvaluationPeriods"])
    if group and r.maybe():
        metric, statistic = r.choice([("RequestCountPerTarget", "Sum"), ("HTTPCode_Target_5XX_Count", "Sum"),
                                      ("UnHealthyHostCount", "Maximum"), ("HealthyHostCount", "Minimum"),
                                      ("TargetResponseTime", "Average")])
        return a | {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Statistic": statistic,
                    "Dimensions": [{"Name": "TargetGroup", "Value": f"targetgroup/{group}/1"}]}
    return a | {"Namespace": "AWS/ECS", "MetricName": r.choice(["CPUUtilization", "MemoryUtilization"]),
                "Statistic": r.choice(["Average", "Maximum", "Minimum"]),
                "Dimensions": [{"Name": "ClusterName", "Value": "default"},
                               {"Name": "ServiceName", "Value": service_name}]}


def scaling(r, scenario, name, groups, queues):
    resource = {"ServiceNamespace": "ecs", "ResourceId": f"service/default/{name}",
                "ScalableDimension": "ecs:service:DesiredCount"}
    low = r.randrange(0, 3)
    scenario["scalableTargets"].append(resource | {"MinCapacity": low, "MaxCapacity": low + r.randrange(1, 8)})
    for i in range(r.randrange(0, 3)):
        policy = {"PolicyName": f"{name}-{i}"} | resource
        if r.maybe(0.6):
            scenario["scalingPolicies"].append(policy | target_tracking(r, name, groups, queues))
            continue
        step, out = step_scaling(r)
        scenario["scalingPolicies"].append(policy | step)
        scenario["alarms"].append(alarm(r, f"{name}-alarm-{i}", name, groups and groups[0], [f"{name}-{i}"], out))
    if r.maybe(0.3):
        scenario["scheduledActions"].append(resource | {
            "ScheduledActionName": f"{name}-schedule", "Schedule": r.choice(
                ["rate(10 minutes)", "cron(0/20 * * * ? *)", "at(1970-01-05T00:30:00)"]),
            "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": r.randrange(1, 9)}})


def group_scaling(r, scenario):
    """A policy and warmup of the Auto Scaling group."""
    group = scenario["autoScalingGroups"][0]
    if r.maybe():
        group["DefaultInstanceWarmup"] = r.choice([0, 120])
    policy = {"AutoScalingGroupName": "group", "PolicyName": "group-cpu"}
    if r.maybe():
        policy |= {"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": {
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": r.choice([1, 20, 60])}}
    else:
        policy |= {"PolicyType": "SimpleScaling", "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1,
                   "Cooldown": r.choice([60, 300])}
        scenario["alarms"].append({
            "AlarmName": "cluster-cpu", "AlarmActions": ["group-cpu"], "Namespace": "AWS/ECS",
            "MetricName": "CPUReservation", "Dimensions": [{"Name": "ClusterName", "Value": "default"}],
            "Statistic": "Average", "Period": 60, "EvaluationPeriods": 2, "Threshold": r.choice([10, 60]),
            "ComparisonOperator": "GreaterThanThreshold"})
    scenario["scalingPolicies"].append(policy)


def capacity_provider(r, scenario):
    """The group behind a capacity provider, which services on EC2 use, most often with managed scaling."""
    protected = r.maybe()
    scenario["autoScalingGroups"][0]["NewInstancesProtectedFromScaleIn"] = protected
    provider = {"autoScalingGroupArn": "group", "managedDraining": r.choice(["ENABLED", "DISABLED"])}
    if r.maybe(0.8):
        provider["managedScaling"] = {"status": "ENABLED", "targetCapacity": r.choice([60, 100]),
                                      "minimumScalingStepSize": r.choice([1, 2]), "instanceWarmupPeriod": r.choice([0, 300])}
        provider["managedTerminationProtection"] = "ENABLED" if protected else "DISABLED"
    scenario["capacityProviders"] = [{"name": "provider", "autoScalingGroupProvider": provider}]
    for s in scenario["services"]:
        if "launchType" not in s and "capacityProviderStrategy" not in s and r.maybe(0.8) and "desiredCount" in s:
            s["capacityProviderStrategy"] = [{"capacityProvider": "provider", "weight": 1}]


def mixed(r, group):
    """On-Demand and Spot instances of two types."""
    del group["instanceType"]
    group["MixedInstancesPolicy"] = {
        "InstancesDistribution": {
            "OnDemandBaseCapacity": r.randrange(3), "OnDemandPercentageAboveBaseCapacity": r.choice([0, 50, 100]),
            "SpotAllocationStrategy": r.choice(["lowest-price", "capacity-optimized", "price-capacity-optimized"])},
        "LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateName": "t", "Version": "1"},
                           "Overrides": [{"InstanceType": "m5.large"}, {"InstanceType": "m5.xlarge"}]}}
    group["CapacityRebalance"] = r.maybe()
    if r.maybe(0.2):
        group["MaxInstanceLifetime"] = 86400


def timeline(r, scenario, minutes):
    names = [s["serviceName"] for s in scenario["services"] if "desiredCount" in s]
    zones = [z for g in scenario["cluster"]["containerInstances"] for z in g["availabilityZones"]]
    zones += [z for g in scenario.get("autoScalingGroups", []) for z in g["AvailabilityZones"]]
    zones += [z for s in scenario["services"] if "networkConfiguration" in s
              for z in s["networkConfiguration"]["awsvpcConfiguration"]["subnets"]]
    spot = "FARGATE_SPOT" in str(scenario) or any(g["spot"] for g in scenario["cluster"]["containerInstances"])
    actions = []
    for _ in range(r.randrange(0, 7)):
        at, name = f"{r.randrange(60 * minutes)}s", r.choice(names)
        duration = f"{r.randrange(10, 900)}s"
        kind = r.randrange(21)
        if kind <= 2:
            actions.append({"at": at, "updateService": {"service": name, "forceNewDeployment": True}})
        elif kind == 3:
            actions.append({"at": at, "updateService": {"service": name, "desiredCount": r.randrange(0, 8)}})
        elif kind == 4:
            actions.append({"at": at, "crashTasks": {"service": name, "count": r.randint(1, 3)}})
        elif kind == 5:
            actions.append({"at": at, "failHealthChecks": {
                "service": name, "fraction": r.random(), "how": r.choice(["refuse", "hang", 500]), "duration": duration}})
        elif kind == 6:
            actions.append({"at": at, "slowTasks": {"service": name, "factor": r.choice([0.5, 3, 20]),
                                                    "duration": duration}})
        elif kind == 7:
            actions.append({"at": at, "availabilityZoneOutage": {"availabilityZone": r.choice(zones),
                                                                 "duration": duration}})
        elif kind == 8:
            actions.append({"at": at, "disconnectAgents": {"fraction": r.random(), "duration": duration}})
        elif kind == 9:
            actions.append({"at": at, "terminateInstances": {"count": 1}})
        elif kind == 10:
            actions.append({"at": at, "runTask": {"taskDefinition": "batch", "count": r.randint(1, 10)}})
        elif kind == 11:
            actions.append({"at": at, "stopTask": {"service": name, "count": 1}})
        elif kind == 12 and scenario["cluster"]["containerInstances"]:
            actions.append({"at": at, "updateContainerInstancesState": {
                "containerInstances": ["i-000001"], "status": r.choice(["DRAINING", "ACTIVE"])}})
        elif kind == 13:
            actions.append({"at": at, "updateTaskProtection": {
                "service": name, "protectionEnabled": r.maybe(0.8), "expiresInMinutes": 5}})
        elif kind == 14:
            actions.append({"at": at, "refuseLaunches": {"fraction": r.random(), "duration": duration}})
        elif kind == 15 and spot:
            actions.append({"at": at, "spotInterruption": {"fraction": r.random()}})
        elif kind == 16:
            actions.append({"at": at, "deleteService": {"service": name, "force": True}})
        elif kind == 17 and scenario["scalableTargets"]:
            target = dict(r.choice(scenario["scalableTargets"]))
            target["SuspendedState"] = {"DynamicScalingInSuspended": r.maybe(), "DynamicScalingOutSuspended": r.maybe()}
            actions.append({"at": at, "registerScalableTarget": target})
        elif kind == 18 and scenario.get("autoScalingGroups"):
            group = scenario["autoScalingGroups"][0]
            actions.append({"at": at, "setDesiredCapacity": {
                "AutoScalingGroupName": "group", "DesiredCapacity": r.randint(group["MinSize"], group["MaxSize"])}})
        elif kind == 19 and scenario.get("autoScalingGroups"):
            actions.append({"at": at, "startInstanceRefresh": {"AutoScalingGroupName": "group", "Preferences": {
                "MinHealthyPercentage": r.choice([0, 50, 90]), "InstanceWarmup": r.choice([0, 120])}}})
        elif kind == 20 and scenario["scalingPolicies"]:
            policies = [p for p in scenario["scalingPolicies"] if p["PolicyType"] == "TargetTrackingScaling"]
            if policies:
                actions.append({"at": at, "putScalingPolicy": r.choice(policies)})
    scenario["timeline"] = actions


def random_scenario(seed):
    r = Draw(seed)
    minutes = r.choice([20, 60, 180])
    ec2 = r.maybe(0.8)
    scenario = {"berth": 1, "name": f"random-{seed}", "duration": f"{minutes}m", "seed": seed,
                "warmup": r.choice(["0s", "2m"]), "taskDefinitions": [], "services": [], "targetGroups": [],
                "behavior": {}, "traffic": [], "queues": [], "alarms": [], "scalableTargets": [],
                "scalingPolicies": [], "scheduledActions": [], "cluster": {}}
    scenario["cluster"]["containerInstances"] = [
        {"instanceType": r.choice(["m5.large", "c5.xlarge", "t3.medium"]), "count": r.randint(1, 6),
         "availabilityZones": r.sample(ZONES, r.randint(1, 3)), "spot": r.maybe(0.2)}] if ec2 else []
    asg = r.maybe(0.4)
    if asg:
        low = r.randrange(0, 3)
        scenario["autoScalingGroups"] = [{
            "AutoScalingGroupName": "group", "MinSize": low, "MaxSize": low + r.randrange(1, 6),
            "DesiredCapacity": low + r.randrange(0, 2), "AvailabilityZones": ZONES[:r.randint(1, 3)],
            "instanceType": "m5.large"}]
        ec2 = True
        if r.maybe(0.3):
            mixed(r, scenario["autoScalingGroups"][0])
    scenario["taskDefinitions"].append({"family": "batch", "containerDefinitions": [
        {"name": "main", "image": "batch:1", "cpu": 128, "memory": 128}]})
    scenario["behavior"]["batch"] = {"runTime": r.seconds(10, 600)}
    for i in range(r.randint(1, 4)):
        name = f"svc{i}"
        fargate = None
        if not ec2 or r.maybe(0.3):
            fargate = r.choice([{"launchType": "FARGATE"}, {"capacityProviderStrategy": [
                {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
                {"capacityProvider": "FARGATE_SPOT", "weight": 2}]}])
        network = r.maybe(0.15)
        group = f"tg{i}" if r.maybe(0.75) else None
        queue = f"queue{i}" if not group and r.maybe() else None
        scenario["taskDefinitions"].append(definition(r, name, bool(fargate), False, r.maybe(0.2)))
        b = scenario["behavior"][name] = behavior(r)
        if group:
            scenario["targetGroups"].append(target_group(r, group, bool(fargate), network))
            scenario["traffic"].append({"targetGroup": group, "requestsPerSecond": r.rate(r.choice([1, 50, 500]), minutes),
                                        "timeout": r.choice(["5s", "60s"])})
        if not group and not queue and r.maybe():
            scenario["traffic"].append({"service": name, "requestsPerSecond": r.rate(50, minutes)})
        if queue:
            b.pop("failHealthChecksAbove", None)
            scenario["queues"].append({"name": queue, "service": name, "secondsPerMessage": r.seconds(0.1, 5),
                                       "messagesPerSecond": r.rate(5, minutes), "concurrency": r.randint(1, 4)})
        watch = None
        if r.maybe(0.2):
            watch = f"watch{i}"
            scenario["alarms"].append(alarm(r, watch, name, group, [], True))
        scenario["services"].append(service(r, name, fargate, group, watch))
        if r.maybe(0.6):
            scaling(r, scenario, name, [group] if group else [], [queue] if queue else [])
    if sum(g["Protocol"] == "HTTP" for g in scenario["targetGroups"]) >= 2 and r.maybe():
        entrance(r, scenario, minutes)
    if ec2 and r.maybe(0.2):
        scenario["taskDefinitions"].append({"family": "agent", "containerDefinitions": [
            {"name": "main", "image": "agent:1", "cpu": 16, "memory": 32}]})
        scenario["services"].append({"serviceName": "agent", "taskDefinition": "agent",
                                     "schedulingStrategy": "DAEMON"})
    if ec2 and r.maybe(0.2):
        scenario["arrivals"] = [{"runTask": {"taskDefinition": "batch", "count": r.randint(1, 3)},
                                 "every": r.seconds(20, 300), "limit": r.randint(1, 100)}]
    if asg and r.maybe():
        if r.maybe():
            capacity_provider(r, scenario)
        else:
            group_scaling(r, scenario)
    timeline(r, scenario, minutes)
    if r.maybe(0.3):
        scenario["controlPlane"] = {"releaseOn": r.choice(["stopping", "stopped"]),
                                    "metricDelaySeconds": r.choice([0, 60, 130]),
                                    "scalingActionDelaySeconds": r.choice([0, 15]),
                                    "cooldownFrom": r.choice(["set", "fulfilled"])}
    return {key: value for key, value in scenario.items() if value != []}
