"""Goal: one scenario and seed give one digest, whatever compiler, optimisation level and processor.
Method: the program built by gcc and clang at -O0 and -O3, and run as on a processor without AVX2 and
FMA, on systems with every distribution. Argument: a folder for the builds, kept so that a repetition
is quick."""
import os
import pathlib
import shutil
import subprocess

from program import *

BUILDS = pathlib.Path(sys.argv[3])
FOLDER = BUILDS / "scenarios"
OLD_PROCESSOR = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"}


def build(compiler, level):
    def call(*command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={**os.environ, "CC": compiler})
        equal(done.returncode, 0, done.stdout)

    folder = BUILDS / f"{compiler}{level}"
    if not (folder / "build.ninja").exists():
        call("meson", "setup", str(folder), str(ROOT), "--buildtype=plain", f"-Dc_args={level}")
    call("ninja", "--quiet", "-C", str(folder), "berth")
    return folder / "berth"


def scenarios():
    FOLDER.mkdir(parents=True, exist_ok=True)
    distributions = [
        {"exponential": {"mean": 5}}, {"uniform": {"min": 1, "max": 2}},
        {"normal": {"mean": 9, "sigma": 2}}, {"lognormal": {"median": 8, "sigma": 0.4}},
        {"gamma": {"shape": 2, "scale": 3}}, {"gamma": {"shape": 0.5, "scale": 3}},
        {"weibull": {"shape": 1.5, "scale": 4}}, {"pareto": {"shape": 2.1, "scale": 3}},
        {"empirical": [1.2, 1.9, 8.0]}]
    paths = [STAGE01, ROOT / "scenarios/seeds/stage01-min100.json"]
    for number, distribution in enumerate(distributions):
        paths.append(write(FOLDER, f"{number}.json", system(behavior={"web": {
            "imagePull": distribution, "startup": distribution,
            "runTime": {"exponential": {"mean": 60}}, "requestSeconds": distribution}})))
    return paths


PATHS = scenarios()
DIGESTS = [berth("run", path).digest() for path in PATHS]

with test("different scenarios have different digests"):
    equal(len(set(DIGESTS)), len(PATHS))

with test("a processor without AVX2 and FMA gives the same digests"):
    equal([berth("run", path, **OLD_PROCESSOR).digest() for path in PATHS], DIGESTS)

for compiler in ("gcc", "clang"):
    for level in ("-O0", "-O3"):
        name = f"{compiler} {level} gives the same digests"
        if not shutil.which(compiler):
            skip(name, f"no {compiler}")
            continue
        with test(name):
            program = build(compiler, level)
            for environment in ({}, OLD_PROCESSOR):
                equal([berth("run", path, program=program, **environment).digest()
                       for path in PATHS], DIGESTS)

end()
