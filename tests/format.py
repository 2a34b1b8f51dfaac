#!/usr/bin/env python3
"""The sources are formatted as .clang-format says, by the one version that decides (14: others
differ in details).

    format.py ROOT
"""
import pathlib
import re
import shutil
import subprocess
import sys

VERSION = "14"


def main(root):
    tool = shutil.which(f"clang-format-{VERSION}") or shutil.which("clang-format")
    version = tool and re.search(r"version (\d+)", subprocess.run(
        [tool, "--version"], capture_output=True, text=True).stdout)
    if not version or version.group(1) != VERSION:
        print(f"ok 1 - sources are formatted # SKIP no clang-format {VERSION}\n1..1")
        return 0
    files = sorted(str(p) for folder in
                   ("sim", "models", "scenarios", "results", "plots", "tests")
                   for p in pathlib.Path(root, folder).rglob("*") if p.suffix in (".c", ".h"))
    done = subprocess.run([tool, "--dry-run", "-Werror", *files], capture_output=True, text=True)
    wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", done.stderr, re.M)))
    for path in wrong:
        print(f"# clang-format -i {path}")
    print("ok" if done.returncode == 0 else "not ok", "1 - sources are formatted\n1..1")
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
