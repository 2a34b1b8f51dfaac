#!/usr/bin/env python3
"""Every header compiles alone: whoever includes it needs to know nothing else.

    headers.py ROOT COMPILER...

Prints TAP, one line a header.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys


def main(root, compiler):
    headers = sorted(p.relative_to(root).as_posix() for folder in
                     ("sim", "models", "scenarios", "results", "plots", "tests")
                     for p in pathlib.Path(root, folder).rglob("*.h"))
    hdf5 = subprocess.run("pkg-config --cflags hdf5-serial || pkg-config --cflags hdf5", shell=True,
                          capture_output=True, text=True).stdout.split()
    command = compiler + hdf5 + ["-std=c17", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wpedantic",
                          "-Werror", "-Wno-unused-function", "-Wno-unused-variable",
                          "-fsyntax-only", "-I", root, "-x", "c", "-"]

    def compile_alone(header):
        return subprocess.run(command, input=f'#include "{header}"\n', text=True,
                              capture_output=True)

    failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (header, done) in enumerate(zip(headers, pool.map(compile_alone, headers)), 1):
            failures += done.returncode != 0
            for line in done.stderr.splitlines():
                print("#", line)
            print("ok" if done.returncode == 0 else "not ok", number, "-", header)
    print(f"1..{len(headers)}")
    return failures > 0 or not headers


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
