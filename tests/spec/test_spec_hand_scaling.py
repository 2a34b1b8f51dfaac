"""Goal: alarms and scaling do what their rules say, where somebody who did not write them worked out the result by
hand. Method: small scenarios through `berth run`; times and values stand here as the rule's text gives them, and alarms
with gaps are held against the text of A30, written down once more.

    test_spec_hand_scaling.py BERTH ROOT
"""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hand import *  # noqa: E402


def scaling(content, *applied):
    equal(Run(content).applied(), list(applied))


# ---- Alarms ----

def patterned(pattern, alarms, delay=0):
    """A minute a character: X 80 % of the CPU, 0 20 %, - no task; ends with the last one's evaluation."""
    rates, timeline, there = [], [], True
    for k, c in enumerate(pattern):
        rates.append((60 * k, {"X": 800, "0": 200, "-": 0}[c]))
        if there != (c != "-"):
            there = not there
            timeline.append({"at": 60 * k, "updateService": {"service": "w", "desiredCount": int(there)}})
    return scenario(1 if pattern[0] != "-" else 0, steps(*rates), duration=60 * len(pattern) + delay, timeline=timeline,
                    attributes={"deregistration_delay.timeout_seconds": "0"}, alarms=alarms,
                    controlPlane={"metricDelaySeconds": delay})


# As printed (A32, A33), oldest point first: missing, ignore, breaching, notBreaching.
PRINTED = [
    (3, "0-X-X", "OK OK OK OK"), (3, "0----", "OK OK OK OK"), (3, "-----", "INSUFFICIENT_DATA keep ALARM OK"),
    (3, "0XX-X", "ALARM ALARM ALARM ALARM"), (3, "--X--", "ALARM keep ALARM OK"),
    (2, "0-X-X", "ALARM ALARM ALARM ALARM"), (2, "00X0X", "ALARM ALARM ALARM ALARM"), (2, "0-X--", "OK OK ALARM OK"),
    (2, "----0", "OK OK ALARM OK"), (2, "---X-", "ALARM keep ALARM OK")]
MODES = ("missing", "ignore", "breaching", "notBreaching")

for m, pattern, cells in PRINTED:
    with test(f"printed table: {m} of 3 over {pattern} (A27, A30, A32, A33)"):
        # what went before is 0, so that there is a state to keep
        content = patterned("00000" + pattern if "-" == pattern[0] else pattern, [
            alarm(mode, UP, 50, CPU, 3, DatapointsToAlarm=m, TreatMissingData=mode) for mode in MODES])
        run = Run(content)
        end_s = content["duration"]
        for mode, cell in zip(MODES, cells.split()):
            before = [s for t, s in run.states(mode) if t < end_s] or ["INSUFFICIENT_DATA"]
            after = [s for t, s in run.states(mode) if t <= end_s]
            equal(after[-1], before[-1] if cell == "keep" else cell)


def by_the_text(points, n, m, mode, delay):
    """A24, A29, A30: the changes of state over the whole run."""
    state, changes, reach = "INSUFFICIENT_DATA", [], n + max(n // 3, 2)
    for at in range(60, 60 * len(points) + delay + 1, 60):
        newest = (at - 60 - delay) // 60
        if newest < 0:
            continue
        window = [points[k] if k >= 0 else "-" for k in range(newest - reach + 1, newest + 1)]
        real = [(reach - i, c) for i, c in enumerate(window) if c != "-"]  # age: the newest point is 1
        breaching = [age for age, c in real if c == "X"]
        new = state
        if len(real) >= n:
            new = "ALARM" if sum(c == "X" for _, c in real[-n:]) >= m else "OK"
        elif mode in ("breaching", "notBreaching"):
            filled = n - len(real) if mode == "breaching" else 0
            new = "ALARM" if len(breaching) + filled >= m else "OK"
        elif not real:
            new = "INSUFFICIENT_DATA" if mode == "missing" else state
        elif len(breaching) >= m:
            new = "ALARM"
        elif len(breaching) < len(real):
            new = "OK"
        elif mode == "missing" and max(breaching) >= m:
            new = "ALARM"
        if new != state:
            changes.append((at, new))
        state = new
    return changes


with test("300 alarms over random points, gaps and delays do what the text of A30 says (A20, A24, A25, A29-A31, A34, A35)"):
    draw = random.Random(5)
    for _ in range(30):
        gaps, high = draw.choice([.2, .5, .8]), draw.random()
        pattern = "0" + "".join("-" if draw.random() < gaps else "X" if draw.random() < high else "0"
                                for _ in range(draw.randint(8, 40)))
        rules = [(n := draw.randint(1, 9), draw.randint(1, n), draw.choice(MODES)) for _ in range(10)]
        delay = draw.choice([0, 60, 120, 300])
        run = Run(patterned(pattern, [alarm(f"a{i}", UP, 50, CPU, n, DatapointsToAlarm=m, TreatMissingData=mode)
                                      for i, (n, m, mode) in enumerate(rules)], delay))
        for i, (n, m, mode) in enumerate(rules):
            equal(run.states(f"a{i}"), by_the_text(pattern, n, m, mode, delay), (pattern, n, m, mode, delay))

with test("a datapoint is visible at the first look at or after minute + 60 + delay (A14, A15, A24)"):
    for delay, at in [(0, 60), (30, 120), (60, 120), (90, 180), (120, 180)]:
        scaling(scaled(4, 10, [step_policy("s", (0, None, 1))], [alarm("x", UP, 50, policies="s")],
                       controlPlane={"metricDelaySeconds": delay}), (at, 4, 5))

with test("a period of 300 s: minutes 1-5 at their end, then 2-6 (A23)"):
    for threshold, at in [(500, 360), (700, 420)]:  # 4 x 60 + 300, then 3 x 60 + 2 x 300
        run = Run(scenario(4, steps((0, 1), (240, 5)), alarms=[alarm("x", UP, threshold, Period=300)]))
        equal(run.times("alarm.state", to="ALARM"), [at])

with test("statistics of a minute with 15 s at 80 % and 45 s at 20 % (A14, A21)"):
    rates = steps((0, 200), (150, 800), (165, 200))
    for statistic, threshold, at in [("Maximum", 79, [240]), ("Average", 34.9, [240]), ("Average", 35.1, []),
                                     ("Minimum", 19.9, [120]), ("Minimum", 20.1, [])]:
        run = Run(scenario(1, rates, alarms=[alarm("x", UP, threshold, {**CPU, "Statistic": statistic})]))
        equal(run.times("alarm.state", to="ALARM"), at, (statistic, threshold))

with test("over several periods the least is the least and the most the most (A21, A52)"):
    rates = steps((0, 200), (60, 800), (120, 200), (180, 400))
    for statistic, operator, threshold, at in [("Minimum", UP, 19.9, [240]), ("Minimum", UP, 20.1, []),
                                               ("Maximum", UP, 79.9, [240]), ("Maximum", UP, 80.1, [])]:
        run = Run(scenario(1, rates, duration="5m", alarms=[
            alarm("x", operator, threshold, {**CPU, "Statistic": statistic}, Period=180)]))
        equal(run.times("alarm.state", to="ALARM"), at, (statistic, threshold))

with test("SampleCount is the number of tasks, Sum adds their percentages (A06, A21)"):
    for statistic, threshold, state in [("SampleCount", 2.9, "ALARM"), ("SampleCount", 3.1, "OK"),
                                        ("Sum", 19.9, "ALARM"), ("Sum", 20.1, "OK")]:
        run = Run(scenario(3, 200, duration="2m", alarms=[alarm("x", UP, threshold, {**CPU, "Statistic": statistic})]))
        equal(run.states("x"), [(120, state)])

with test("metrics of 20 s are looked at every 10 s, 20 s late (A08, A14, A23)"):
    watched = {"monitoring": {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}}
    for delay, at in [(20, [140, 160]), (25, [150, 170])]:
        run = Run(scenario(1, steps((0, 200), (100, 800), (110, 200)), "5m", service=watched,
                           alarms=[alarm("x", UP, 49, CPU, Period=20)],
                           controlPlane={"highResolutionDelaySeconds": delay}))
        equal([t for t, _ in run.states("x")[1:]], at)

with test("requests per target: all that a group failing open in part sends to (L53, L110)"):
    failing = [{"at": 103, "failHealthChecks": {"service": "w", "count": 2}}]
    for at_least, each in [("1", 3000), ("3", 1500)]:  # 6000 a minute on 2 healthy targets, or on all 4
        run = Run(scenario(4, 100, service=LASTING, timeline=failing, attributes={
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": at_least,
            "target_group_health.dns_failover.minimum_healthy_targets.count": at_least},
            alarms=[alarm("more", UP, each + 1, PER_TARGET), alarm("less", DOWN, each - 1, PER_TARGET)]))
        equal((run.states("more"), run.states("less")), ([(120, "OK")], [(120, "OK")]) if each == 1500 else
              ([(120, "OK")], [(120, "ALARM"), (240, "OK")]))

with test("requests per target: all requests of the minute, by the mean of the routable targets (A13, L110)"):
    run = Run(scenario(1, 10, timeline=[{"at": 90, "updateService": {"service": "w", "desiredCount": 0}}], alarms=[
        alarm(str(each), UP, each, PER_TARGET) for each in (599, 601, 1199, 1201)]))  # 600, then 600 by half a target
    equal([run.times("alarm.state", alarm=str(each), to="ALARM") for each in (599, 601, 1199, 1201)],
          [[120], [180], [180], []])


# ---- Step scaling ----

with test("an alarm that stays acts each minute that is free of the cooldown (A26, A56, A58)"):
    for cooldown, times in [(0, [120, 180, 240, 300]), (60, [120, 180, 240, 300]), (61, [120, 240]),
                            (150, [120, 300]), (None, [120, 420])]:
        content = scaled(1, 10, [step_policy("s", (0, None, 1), cooldown=cooldown)], [alarm("x", UP, 50, policies="s")],
                         duration="7m" if cooldown is None else "5m")
        equal([t for t, _, _ in Run(content).applied()], times)

with test("percentages round as printed, with the least magnitude (A53, A54)"):
    for tasks, percent, least, after in [
            (10, 10, 0, 11), (3, 23, 0, 4), (4, 25, 2, 6), (19, 67, 0, 31), (10, 127, 0, 22), (3, 10, 5, 8),
            (12, -58, 0, 6), (10, -5, 0, 9), (19, -35, 0, 13), (8, -10, 3, 5), (20, -33, 0, 14)]:
        up = percent > 0
        scaling(scaled(tasks, 1, [step_policy("s", (0, None, percent) if up else (None, 0, percent),
                                              kind="PercentChangeInCapacity", MinAdjustmentMagnitude=least)],
                       [alarm("x", UP if up else DOWN, 50 if up else 100, policies="s")], duration="4m"),
                (120, tasks, after))

with test("bounds of steps, on both sides of the threshold and on it (A50)"):
    out = step_policy("s", (0, 10, 1), (10, 20, 2), (20, None, 4))
    back = step_policy("s", (-10, 0, -1), (-20, -10, -2), (None, -20, -4))
    for policy, requests, operator, change in [
            (out, 60, "GreaterThanOrEqualToThreshold", 1), (out, 69, UP, 1), (out, 70, UP, 2), (out, 79, UP, 2),
            (out, 80, UP, 4), (back, 60, "LessThanOrEqualToThreshold", -1), (back, 51, DOWN, -1), (back, 50, DOWN, -2),
            (back, 41, DOWN, -2), (back, 40, DOWN, -4)]:
        scaling(scaled(9, requests / 60, [policy], [alarm("x", operator, 60, policies="s")], duration="4m"),
                (120, 9, 9 + change))

with test("no step for the value: nothing (A51)"):
    run = Run(scaled(5, 65 / 60, [step_policy("s", (10, None, 2))], [alarm("x", UP, 60, policies="s")], duration="4m"))
    equal(run.outcomes(), [(120, "noStep")])

with test("the datapoints evaluated, as the policy aggregates them (A52)"):
    for how, after in [({}, 6), ({"MetricAggregationType": "Average"}, 6), ({"MetricAggregationType": "Minimum"}, 5),
                       ({"MetricAggregationType": "Maximum"}, 7)]:  # 120 and 240 requests above 50
        scaling(scaled(4, steps((0, 2), (60, 4)), [step_policy("s", (0, 100, 1), (100, 150, 2), (150, None, 3), **how)],
                       [alarm("x", UP, 50, periods=2, policies="s")], duration=200), (180, 4, after))

with test("within a cooldown only what a larger step adds; the window starts anew (A57, A58)"):
    scaling(scaled(4, steps((0, 1), (60, 20)), [step_policy("s", (0, 600, 2), (600, None, 3), cooldown=300)],
                   [alarm("x", UP, 50, policies="s")], duration="13m"),
            (120, 4, 6), (180, 6, 7), (480, 7, 10), (780, 10, 13))

with test("a scale-out acts within a scale-in's cooldown and ends it (A57, A58)"):
    scaling(scaled(8, steps((0, .1), (120, 20), (240, .1)),
                   [step_policy("i", (None, 0, -1), cooldown=600), step_policy("o", (0, None, 2), cooldown=60)],
                   [alarm("low", DOWN, 50, policies="i"), alarm("high", UP, 500, policies="o")], duration="17m"),
            (120, 8, 7), (240, 7, 9), (300, 9, 11), (360, 11, 10), (960, 10, 9))

with test("any policy's open scale-out window holds back a scale-in (A58)"):
    scaling(scaled(8, steps((0, 20), (60, .1)),
                   [step_policy("i", (None, 0, -1), cooldown=0), step_policy("o", (0, None, 2), cooldown=300)],
                   [alarm("low", DOWN, 50, policies="i"), alarm("high", UP, 500, policies="o")], duration="7m"),
            (120, 8, 10), (420, 10, 9))

with test("together the largest capacity wins, and out beats in (A47)"):
    percent = {"kind": "PercentChangeInCapacity"}
    for tasks, a, b, after in [
            (10, (UP, step_policy("a", (0, None, 3))), (UP, step_policy("b", (0, None, 200), **percent)), 30),
            (8, (DOWN, step_policy("a", (None, 0, -3))), (DOWN, step_policy("b", (None, 0, -25), **percent)), 6),
            (8, (UP, step_policy("a", (0, None, 1))), (DOWN, step_policy("b", (None, 0, -2))), 9)]:
        scaling(scaled(tasks, 10, [a[1], b[1]], [
            alarm(n, op, 100 if op == UP else 10000, policies=n) for n, op in (("a", a[0]), ("b", b[0]))],
            duration=150), (120, tasks, after))

with test("bounds: clamped, reached, and left by hand (A42, A43)"):
    more, less = step_policy("s", (0, None, 5), cooldown=0), step_policy("s", (None, 0, -5), cooldown=0)
    for policy, operator, target, want in [
            (more, UP, bounds(1, 10), [(120, "applied"), (180, "atMax")]),
            (less, DOWN, bounds(2, 100), [(120, "applied"), (180, "applied"), (240, "atMin")])]:
        equal(Run(scaled(8, 10, [policy], [alarm("x", operator, 100 if operator == UP else 9999, policies="s")],
                         target, duration="5m")).outcomes(), want)
    for by_hand, policy, operator, want in [
            (1, step_policy("s", (0, None, 1)), UP, [(360, 1, 4)]), (1, step_policy("s", (None, 0, -1)), DOWN, []),
            (12, step_policy("s", (None, 0, -1)), DOWN, [(360, 12, 9)]), (12, step_policy("s", (0, None, 1)), UP, [])]:
        scaling(scaled(4, 10, [policy], [alarm("x", operator, 100 if operator == UP else 9999, periods=5, policies="s")],
                       bounds(3, 10), duration="7m",
                       timeline=[{"at": 90, "updateService": {"service": "w", "desiredCount": by_hand}}]), *want)

with test("no scale-in while a deployment runs, and none of it kept; from all that runs (A41, A44)"):
    content = scaled(4, .1, [step_policy("s", (None, 0, -5))], [alarm("x", DOWN, 50, periods=3, policies="s")],
                     group={"HealthCheckIntervalSeconds": 30, "UnhealthyThresholdCount": 10}, service=LASTING,
                     timeline=[{"at": 90, "updateService": {"service": "w", "taskDefinition": "w:2"}}])
    content["taskDefinitions"] *= 2
    content["behavior"]["w:2"] = {"requestSeconds": .1, "startup": 200}
    run = Run(content)  # ready at 290, healthy at 300; 8 tasks run until then
    equal(run.outcomes()[:2], [(240, "blockedByDeployment"), (360, "applied")])
    equal(run.applied()[0], (360, 4, 1))

with test("suspended, and resumed in between: at once (A45)"):
    run = Run(scaled(4, 10, [step_policy("s", (0, None, 1))], [alarm("x", UP, 50, policies="s")],
                     bounds(SuspendedState={"DynamicScalingOutSuspended": True}), timeline=[
                         {"at": 270, "registerScalableTarget": bounds(
                             SuspendedState={"DynamicScalingOutSuspended": False})}]))
    equal(run.outcomes()[:2], [(120, "suspended"), (270, "applied")])

with test("a policy put in the place of another acts at that one's alarms (A26)"):
    scaling(scaled(1, 10, [step_policy("s", (0, None, 1))], [alarm("x", UP, 50, policies="s")], duration="4m",
                   timeline=[{"at": 130, "putScalingPolicy": step_policy("s", (0, None, 5))}]),
            (120, 1, 2), (130, 2, 7))

with test("a decision takes effect scalingActionDelay later; a cooldown may begin when the tasks run (A58, A69)"):
    run = Run(scaled(4, 10, [step_policy("s", (0, None, 1))], [alarm("x", UP, 50, policies="s")],
                     controlPlane={"scalingActionDelaySeconds": 15}))
    equal((run.times("scaling.decision", outcome="applied"), run.times("service.updated")), ([120], [135]))
    run = Run(scaled(1, 10, [step_policy("s", (0, None, 1), cooldown=120)], [alarm("x", UP, 50, policies="s")],
                     behavior={"activation": 50}, controlPlane={"cooldownFrom": "fulfilled"}))
    equal([t for t, _, _ in run.applied()], [120, 300, 480])  # running at 170: free at 290


# ---- Target tracking, schedules ----

with test("AlarmHigh 3 of 3, AlarmLow 15 of 15 below 0.9 of the target, sized by proportion (A60-A63)"):
    # 5 tasks at 540 a minute: not below 0.9 x 600; then 120
    scaling(scaled(5, steps((0, 45), (1800, 10)), [tracking("p", 600)], duration="47m"), (2760, 5, 1))
    scaling(scaled(2, 45, [tracking("p", 600)], duration=250), (240, 2, 5))
    run = Run(scaled(4, 520 * 4 / 60, [tracking("p", 600)], duration="20m"))
    equal(run.outcomes(), [(960, "atDesired")])

with test("scale-in only if all tracking policies want it; those without scale-in have no say (A47, A48, A68)"):
    one = tracking("a", 600, ScaleInCooldown=60)  # 5 tasks, 10 a second: 120 a target, 0.2 % of the CPU
    for target, more, want in [(.21, {}, []), (.21, {"DisableScaleIn": True}, [(960, 5, 1)]), (.3, {}, [(960, 5, 4)])]:
        scaling(scaled(5, 10, [one, tracking("b", target, "ECSServiceAverageCPUUtilization", **more)], duration="17m"),
                *want)
    run = Run(scaled(5, 10, [tracking("b", .21, "ECSServiceAverageCPUUtilization"), step_policy("s", (None, 0, -1))],
                     [alarm("x", DOWN, 1000, policies="s")], duration="3m"))
    equal(run.applied(), [(120, 5, 4)])  # a step is not held back

with test("scaleInMaxStep bounds each scale-in (A64)"):
    scaling(scaled(10, 1, [tracking("p", 600, ScaleInCooldown=60)], duration="21m",
                   controlPlane={"scaleInMaxStep": 2}),
            (960, 10, 8), (1020, 8, 6), (1080, 6, 4), (1140, 4, 2), (1200, 2, 1))

with test("from 0 tasks one datapoint of demand leads to 1 (A65)"):
    content = scenario(0, duration="13m", queues=[
        {"name": "q", "service": "w", "messagesPerSecond": steps((0, 0), (600, 1)), "secondsPerMessage": 1}],
        scalableTargets=[bounds(0)], scalingPolicies=[{
            **SERVICE, "PolicyName": "p", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 10, "CustomizedMetricSpecification": {
                "Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Average",
                "Dimensions": [{"Name": "QueueName", "Value": "q"}]}}}])
    content["services"][0].pop("loadBalancers")
    content.pop("targetGroups")
    scaling(content, (720, 0, 1))  # 30 in minute 10


def scheduled(name, schedule, low=None, high=None, **changes):
    bounds_of = {k: v for k, v in (("MinCapacity", low), ("MaxCapacity", high)) if v is not None}
    return {**SERVICE, "ScheduledActionName": name, "Schedule": schedule, "ScalableTargetAction": bounds_of, **changes}


with test("at, cron, rate and a start time; bounds stay; cooldowns do not bind (A70-A72)"):
    hour = 3600
    for start, duration, actions, want in [
            ("2026-03-02", "5h", [scheduled("m", "at(2026-03-02T01:30:00)", 5, 8),
                                  scheduled("e", "at(2026-03-02T03:00:00)", 1, 2)], [(5400, 3, 5), (10800, 5, 2)]),
            ("2026-03-06", "4d", [scheduled("m", "cron(0 18 ? * MON-FRI *)", 5, 8),
                                  scheduled("x", "cron(0 19 ? * * *)", 1, 3)],
             [(18 * hour, 3, 5), (19 * hour, 5, 3), (90 * hour, 3, 5), (91 * hour, 5, 3)]),
            ("2026-02-25", "6d", [scheduled("m", "cron(0 8 1 * ? *)", 5, 8)], [(104 * hour, 3, 5)]),
            ("2026-03-06", "14h", [scheduled("m", "cron(0 12 * * ? *)", 5, 8, StartTime="2026-03-06T03:20:00Z"),
                                   scheduled("x", "cron(0 6 * * ? *)", 1, 3)],
             [(12000, 3, 5), (6 * hour, 5, 3), (12 * hour, 3, 5)])]:
        scaling(scaled(3, None, [], duration=duration, start=f"{start}T00:00:00Z", scheduledActions=actions), *want)
    scaling(scaled(2, 40, [tracking("p", 600)], duration=310, start="2026-03-06T00:00:00Z",
                   scheduledActions=[scheduled("m", "at(2026-03-06T00:05:00)", 9, 9)]), (240, 2, 4), (300, 4, 9))
    run = Run(scaled(3, None, [], target=bounds(SuspendedState={"ScheduledScalingSuspended": True}), duration="2h",
                     start="2026-03-06T00:00:00Z", scheduledActions=[scheduled("m", "at(2026-03-06T01:00:00)", 9, 9)]))
    equal((run.applied(), run.times("service.updated")), ([], []))  # A45
    # a lower maximum binds what comes after
    scaling(scaled(2, 10, [step_policy("s", (0, None, 9))], [alarm("x", UP, 50, periods=4, policies="s")],
                   start="2026-03-06T00:00:00Z", scheduledActions=[scheduled("m", "at(2026-03-06T00:01:00)", 1, 4)]),
            (300, 2, 4))

end()
