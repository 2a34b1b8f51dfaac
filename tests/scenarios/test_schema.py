#!/usr/bin/env python3
"""Goal    scenarios/schema.json is what the tables say, and says of scenarios what the reader says.
Method  the committed file is compared with print_schema's output; the shipped scenarios, with their
        included files folded in, must validate; changed ones must not. TAP on standard output.
    test_schema.py PRINT_SCHEMA SOURCE_ROOT"""
import copy
import json
import os
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

PRINT_SCHEMA, ROOT = sys.argv[1:]
results = []


def check(name, fine, *notes):
    results.append(fine)
    print(f"{'ok' if fine else 'not ok'} {len(results)} - {name}")
    for note in notes if not fine else []:
        print(f"# {note}")


def fold(value, folder, keys):
    """Paths of files in place of AWS objects, as the reader folds them."""
    for key in keys:
        held = value.get(key)
        if isinstance(held, list):
            value[key] = [json.load(open(os.path.join(folder, e), encoding="utf-8")) if isinstance(e, str) else e
                          for e in held]
    for action in value.get("timeline", []):
        for key, body in action.items():
            if isinstance(body, str) and body.endswith(".json"):
                action[key] = json.load(open(os.path.join(folder, body), encoding="utf-8"))
    return value


def with_change(scenario, path, value):
    changed = copy.deepcopy(scenario)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


BROKEN = [
    (["berth"], 2), (["duration"], [1]), (["warmpup"], 3), (["seed"], "1"), (["services", 0, "desiredCount"], -1),
    (["services", 0, "desiredCount"], "two"), (["services", 0, "placementStrategy", 0, "type"], "sprea"),
    (["services", 0, "deploymentConfiguration", "minimumHealthyPercent"], 101),
    (["taskDefinitions", 0, "containerDefinitions", 0, "portMappings", 0, "containerPort"], 65536),
    (["taskDefinitions", 0, "containerDefinitions"], "x"), (["targetGroups", 0, "HealthCheckIntervalSeconds"], 4),
    (["behavior", "auth", "startup"], {"normal": {"mean": 1}}), (["behavior", "auth", "startup"], "5s"),
    (["behavior", "auth", "statup"], 5), (["traffic", 0, "requestsPerSecond"], {"points": [[0]]}),
    (["traffic", 0, "requestsPerSecond"], "many"), (["controlPlane"], {"releaseOn": "never"}), (["controlPlane"], {"reconcile": 1}),
    (["expect", 0, "atLeast"], "high"), (["timeline", 0, "at"], {"minutes": 5}), (["timeline", 0, "explode"], {}),
    (["cluster", "containerInstances", 0, "count"], 1.5), (["prices"], {"t2.small": "cheap"}), (["subnets", "subnet-0a11"], 1),
]

with open(os.path.join(ROOT, "scenarios", "schema.json"), encoding="utf-8") as f:
    committed = f.read()
generated = subprocess.run([PRINT_SCHEMA], capture_output=True, check=True, encoding="utf-8").stdout
check("scenarios/schema.json is what the tables say", committed == generated, "run: ninja schema")

schema = json.loads(committed)
jsonschema.Draft7Validator.check_schema(schema)
check("it is a draft-07 schema", schema["$schema"] == "http://json-schema.org/draft-07/schema#")
validator = jsonschema.Draft7Validator(schema)

AWS = ["taskDefinitions", "services", "targetGroups", "loadBalancers", "listeners", "listenerRules"]
seeds = os.path.join(ROOT, "scenarios", "seeds")
names = sorted(n for n in os.listdir(seeds) if n.endswith(".json"))
check("there are shipped scenarios", len(names) >= 2)
for name in names:
    with open(os.path.join(seeds, name), encoding="utf-8") as f:
        scenario = json.load(f)
    check(f"{name} names the schema", scenario.get("$schema") == "../schema.json")
    errors = list(validator.iter_errors(scenario))
    check(f"{name} validates as it stands", not errors, *[e.message[:200] for e in errors[:3]])
    errors = list(validator.iter_errors(fold(scenario, seeds, AWS)))
    check(f"{name} validates with its files folded in", not errors, *[e.message[:200] for e in errors[:3]])

with open(os.path.join(seeds, "stage01.json"), encoding="utf-8") as f:
    base = fold(json.load(f), seeds, AWS)
for path, value in BROKEN:
    pointer = "/" + "/".join(str(p) for p in path)
    check(f"{pointer} = {json.dumps(value)} is refused", not validator.is_valid(with_change(base, path, value)))
habits = with_change(base, ["taskDefinitions", 0, "containerDefinitions", 0, "cpu"], "512")
habits = with_change(habits, ["services", 0, "launchType"], "")
habits = with_change(habits, ["services", 0, "placementStrategy", 0, "type"], "SPREAD")
check("habits of real AWS files pass", validator.is_valid(habits), *[e.message[:200] for e in validator.iter_errors(habits)])
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
