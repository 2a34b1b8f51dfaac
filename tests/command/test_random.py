"""Goal: whatever the format allows runs, and its numbers hold together.
Method: random scenarios in JSON. Each is taken, runs without a complaint from sanitizers or invariants, gives the same
digest with every probe simulated and every placement scanned, and obeys what every result must (contract: metrics).

    test_random.py BERTH ROOT [COUNT [FIRST]]: other seeds than those of the test.
"""
import json
import math
import tempfile

from program import *
from random_scenario import random_scenario

COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 60
FIRST = int(sys.argv[4]) if len(sys.argv) > 4 else 1
RATIOS = ("availability", "availability.worst1m", "availability.worst5m", "packing.efficiency", "fragmentation.mean")
ORACLES = [o for o in ("--every-probe", "--scan-placement") if o in berth("run", "--help").out]  # of debug builds
CAUSES = ("502", "503", "504", "overload", "application")


def holds(metrics, name):
    def value(suffix):
        return metrics[f"services.{name}.{suffix}"]
    offered, failed = value("requests.offered"), value("requests.failed")
    true(math.isclose(offered, value("requests.ok") + failed, rel_tol=1e-12, abs_tol=1e-9), "offered = ok + failed")
    true(math.isclose(failed, sum(value(f"requests.failed.{c}") for c in CAUSES), rel_tol=1e-12, abs_tol=1e-9),
         "failed = the sum over its causes")
    if value("availability") is not None:
        true(math.isclose(value("availability") * offered, value("requests.ok"), rel_tol=1e-9), "availability")
        worst1, worst5 = value("availability.worst1m"), value("availability.worst5m")
        true(worst1 is None or worst5 is None or worst1 <= worst5 + 1e-12, "the worst minute is the worse one")
    quantiles = [value(f"latency.{q}") for q in ("p50", "p95", "p99")]
    true(None in quantiles or quantiles == sorted(quantiles), "latency quantiles in order")
    true(value("tasks.healthy.mean") <= value("tasks.running.mean") + 1e-9, "healthy tasks are RUNNING")
    true(value("cost.total") >= 0, "cost")


def sound(metrics):
    for name, value in metrics.items():
        if value is None or isinstance(value, (str, bool)):
            continue
        true(math.isfinite(value), f"{name} is {value}")
        if name.endswith(RATIOS) or ".reserved." in name:
            true(0 <= value <= 1 + 1e-12, f"{name} is {value}")
    for name in {n.split(".")[1] for n in metrics if n.startswith("services.")}:
        holds(metrics, name)


with tempfile.TemporaryDirectory() as folder:
    for seed in range(FIRST, FIRST + COUNT):
        with test(f"random scenario {seed}"):
            path = write(folder, f"{seed}.json", random_scenario(seed))
            result = pathlib.Path(folder) / f"{seed}.h5"
            check = berth("check", path)
            equal(check.status, 0, check.err)
            first = berth("run", path, "--json", "--quiet", "-o", result)
            equal(first.status, 0, first.err[-2000:])
            true(result.stat().st_size > 0, "a result")
            again = berth("run", path, *ORACLES)
            equal(again.status, 0, again.err[-2000:])
            told = json.loads(first.out)
            equal(told["digest"], again.digest(), "digest")
            true("nan" not in again.out.lower().split() and "inf" not in again.out.lower().split(), again.out)
            sound(told["metrics"])
            result.unlink()

end()
