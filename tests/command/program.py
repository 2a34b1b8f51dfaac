"""program.py - the program under test, and scenarios to run it on."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tap import *  # noqa: E402,F401,F403

BERTH, ROOT = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
STAGE01 = ROOT / "scenarios/seeds/stage01.json"
# What the tests compare is not a matter of who runs them.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "TERM")}
ENVIRONMENT["LC_ALL"] = "C"


class Outcome:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def digest(self):
        last = self.out.rstrip("\n").split("\n")[-1].split(" ")
        if len(last) != 2 or last[0] != "digest" or len(last[1]) != 32:
            raise AssertionError(f"no digest at the end of:\n{self.out}\n{self.err}")
        return last[1]


def berth(*arguments, program=BERTH, stdin="", stdout=subprocess.PIPE, cwd=None, **environment):
    done = subprocess.run([str(program), *map(str, arguments)], input=stdin, stdout=stdout,
                          stderr=subprocess.PIPE, cwd=cwd, text=True, timeout=120,
                          env={**ENVIRONMENT, **environment})
    return Outcome(done.returncode, done.stdout, done.stderr)


def system(**changes):
    """A small system: a service of four tasks behind a load balancer, with random start-up times."""
    definition = {"family": "web", "containerDefinitions": [
        {"name": "web", "image": "web:1", "cpu": 256, "memory": 128,
         "portMappings": [{"containerPort": 80, "hostPort": 0}]}]}
    scenario = {
        "berth": 1, "name": "small", "duration": "20m", "seed": 1,
        "cluster": {"containerInstances": [{"vcpu": 2, "memoryMiB": 2000, "count": 2}]},
        "taskDefinitions": [definition],
        "targetGroups": [{"Name": "web", "HealthCheckIntervalSeconds": 5,
                          "HealthCheckTimeoutSeconds": 2, "HealthyThresholdCount": 2,
                          "UnhealthyThresholdCount": 2}],
        "services": [{"serviceName": "web", "taskDefinition": "web", "desiredCount": 4,
                      "loadBalancers": [{"targetGroupArn": "web", "containerName": "web",
                                         "containerPort": 80}]}],
        "behavior": {"web": {"imagePull": {"exponential": {"mean": 5}},
                             "startup": {"uniform": {"min": 1, "max": 3}}}},
        "traffic": [{"targetGroup": "web", "requestsPerSecond": 100}],
        "expect": [{"metric": "services.web.availability", "atLeast": 0.5}],
    }
    scenario.update(changes)
    return scenario


def endless():
    """A run that takes far longer than any test waits: tasks that end and are replaced for years."""
    return system(duration="3000d", targetGroups=[], traffic=[], expect=[], services=[
        {"serviceName": "web", "taskDefinition": "web", "desiredCount": 8}],
        behavior={"web": {"runTime": 1}})


def write(folder, name, content):
    path = pathlib.Path(folder) / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return path
