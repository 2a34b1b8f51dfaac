"""Goal: quickstart installs what is missing, or says what and stops. Method: run with a PATH of our
own that has nothing but the shell's tools and stand-ins for apt-get, sudo and id that write down how
they were called."""
import pathlib
import shutil
import subprocess
import tempfile

from program import *

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="berth-quickstart-"))
NEEDED = ["gcc", "meson", "ninja-build", "pkg-config", "libgsl-dev", "libjansson-dev",
          "libhdf5-dev", "libxxhash-dev", "libdeflate-dev", "gnuplot-nox"]


def machine(name, **tools):
    """A folder of programs; those in `tools` are shell scripts."""
    folder = FOLDER / name
    folder.mkdir()
    for tool in ("dirname", "tr", "grep", "cat", "env", "echo"):
        (folder / tool).symlink_to(shutil.which(tool))
    for tool, script in tools.items():
        (folder / tool.replace("_", "-")).write_text(f"#!/bin/sh\n{script}\n")
        (folder / tool.replace("_", "-")).chmod(0o755)
    return folder


def quickstart(folder, *arguments):
    done = subprocess.run(["/bin/sh", str(ROOT / "quickstart"), *arguments], cwd="/", text=True,
                          capture_output=True, env={"PATH": str(folder)})
    return Outcome(done.returncode, done.stdout, done.stderr)


LOG = 'echo "{0} $*" >>' + f"{FOLDER}/log"

with test("without apt-get it names what is missing and stops"):
    outcome = quickstart(machine("bare", id="echo 0"))
    equal(outcome.status, 1)
    for package in NEEDED:
        contains(outcome.out, package)
    contains(outcome.err, "no apt-get")

with test("neither root nor sudo: it prints the command and stops"):
    outcome = quickstart(machine("user", id="echo 1000", apt_get=LOG.format("apt-get")))
    equal(outcome.status, 1)
    contains(outcome.err, "apt-get install")
    contains(outcome.err, "libgsl-dev")
    true(not (FOLDER / "log").exists(), "apt-get was called")

with test("a user with sudo installs through it, without questions"):
    folder = machine("sudoer", id="echo 1000", apt_get=LOG.format("apt-get"),
                     sudo=LOG.format("sudo") + '\nexec "$@"')
    outcome = quickstart(folder)
    calls = (FOLDER / "log").read_text().splitlines()
    equal(calls[0], "sudo apt-get update")
    contains(calls[2], "sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y")
    for package in NEEDED:
        contains(calls[2], package)
    equal(outcome.status, 1)
    contains(outcome.err, "still missing")
    (FOLDER / "log").unlink()

with test("root needs no sudo; test asks for the tests' packages, too"):
    quickstart(machine("root", id="echo 0", apt_get=LOG.format("apt-get")), "test")
    calls = (FOLDER / "log").read_text().splitlines()
    equal(calls[0], "apt-get update")
    for package in NEEDED + ["clang", "hdf5-tools"]:
        contains(calls[1], package)

with test("anything else is refused with the usage"):
    outcome = quickstart(FOLDER / "bare", "tset")
    equal(outcome.status, 2)
    contains(outcome.err, "usage: ./quickstart [test]")

shutil.rmtree(FOLDER)
end()
