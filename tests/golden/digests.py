#!/usr/bin/env python3
"""Goal: what shipped scenarios simulate does not change unnoticed.
Method: run every scenario under scenarios/ and compare its digest with tests/golden/digests.json.
Usage: digests.py BERTH SOURCE_ROOT [--update]; an update is explained in its commit, and in CHANGELOG under
"Results change". Prints TAP."""
import json
import pathlib
import subprocess
import sys


def main():
    berth, root = sys.argv[1], pathlib.Path(sys.argv[2])
    golden = root / "tests" / "golden" / "digests.json"
    scenarios = sorted(p for folder in ("seeds", "examples") for p in (root / "scenarios" / folder).glob("*.json"))
    digests = {}
    for path in scenarios:
        out = subprocess.run([berth, "run", "--json", str(path)], capture_output=True, text=True)
        if out.returncode not in (0, 1):
            print(f"Bail out! {path}: {out.stderr.strip()}")
            return 1
        digests[str(path.relative_to(root))] = json.loads(out.stdout)["digest"]
    if "--update" in sys.argv:
        golden.write_text(json.dumps(digests, indent=2) + "\n")
    want = json.loads(golden.read_text())
    failed = 0
    for n, name in enumerate(sorted(digests.keys() | want.keys()), 1):
        good = digests.get(name) == want.get(name)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {n} - {name}")
        if not good:
            print(f"# got {digests.get(name)}, want {want.get(name)}")
    print(f"1..{len(digests.keys() | want.keys())}")
    return 1 if failed else 0


sys.exit(main())
