#!/usr/bin/env python3
"""Every rejected input is a folder: what berth is given, and what it must say.

    run.py BERTH [NAME...]     compare; TAP on standard output
    run.py --update BERTH ...  write what berth says now into the folders' `error` files

A folder NAME holds the input (input.json, unless `args` names others), `error` (standard error, byte
for byte) and perhaps `args` (the arguments, one a line; "check" and "input.json" without it). berth
runs inside a copy of the folder, must exit with status 2, print nothing else but what it prints on
standard error, and leave the folder as it was.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def contents(folder):
    """Every file below a folder and what it holds."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    found[os.path.relpath(path, folder)] = f.read()
    return found


def run(berth, name, scratch):
    folder = os.path.join(scratch, name)
    shutil.copytree(os.path.join(HERE, name), folder, symlinks=True)
    arguments = ["check", "input.json"]
    if os.path.exists(os.path.join(folder, "args")):
        with open(os.path.join(folder, "args"), encoding="utf-8") as f:
            arguments = f.read().splitlines()
    before = contents(folder)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("BERTH", "TZDIR"))}
    done = subprocess.run([berth] + arguments, cwd=folder, env=environment, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done, before == contents(folder)


def main(arguments):
    update = arguments[:1] == ["--update"]
    if update:
        arguments = arguments[1:]
    if not arguments:
        sys.exit(__doc__)
    berth = os.path.abspath(arguments[0])
    names = arguments[1:] or sorted(
        n for n in os.listdir(HERE) if os.path.isdir(os.path.join(HERE, n)) and n != "__pycache__")
    print(f"1..{len(names)}")
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for number, name in enumerate(names, 1):
            error_path = os.path.join(HERE, name, "error")
            done, unchanged = run(berth, name, scratch)
            if update:
                with open(error_path, "wb") as f:
                    f.write(done.stderr)
            with open(error_path, "rb") as f:
                wanted = f.read()
            wrong = []
            if done.returncode != 2:
                wrong.append(f"exit status {done.returncode}, want 2")
            if done.stderr != wanted:
                wrong += ["standard error:", *done.stderr.decode(errors="replace").splitlines(),
                          "want:", *wanted.decode(errors="replace").splitlines()]
            if not wanted:
                wrong.append("the expected error is empty")
            if not unchanged:
                wrong.append("files were changed")
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
            for line in wrong:
                print("#", line)
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
