"""Goal: an installed tree works by itself, wherever it is moved. Method: install into a folder, move
it, run from it. Arguments: the build folder and the prefix."""
import pathlib
import shutil
import subprocess
import tempfile

from program import *

BUILD, PREFIX = sys.argv[3], sys.argv[4].lstrip("/")
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="berth-install-"))
subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir",
                str(FOLDER / "first")], check=True, stdout=subprocess.DEVNULL)
shutil.move(FOLDER / "first" / PREFIX, FOLDER / "moved")
TREE = FOLDER / "moved"
PROGRAM = TREE / "bin/berth"

with test("program, scenarios, plot scripts, schema, man page and completion are there"):
    for path in ("bin/berth", "share/berth/plots/theme.gp", "share/berth/plots/deploy.gp",
                 "share/berth/plots/packing.gp", "share/berth/plots/load.gp", "share/berth/plots/panel.gp",
                 "share/berth/scenarios/schema.json",
                 "share/berth/scenarios/seeds/stage01.json", "share/man/man1/berth.1",
                 "share/bash-completion/completions/berth.bash"):
        true((TREE / path).is_file(), f"{path} is missing")

with test("nothing else is installed but that"):
    equal(sorted(p.name for p in (TREE / "share").iterdir()), ["bash-completion", "berth", "man"])
    equal(sorted(p.name for p in (TREE / "share/berth").iterdir()), ["plots", "scenarios"])

with test("man page and completion are what the program writes"):
    equal((TREE / "share/man/man1/berth.1").read_text(), berth("help", "--man").out)
    equal((TREE / "share/bash-completion/completions/berth.bash").read_text(),
          berth("help", "--completion").out)

with test("the moved program runs the installed scenario and finds its plot scripts"):
    scenario = TREE / "share/berth/scenarios/seeds/stage01.json"
    result = FOLDER / "stage01.h5"
    outcome = berth("run", scenario, "-o", result, program=PROGRAM)
    equal(outcome.status, 0, outcome.err)
    equal(outcome.digest(), berth("run", STAGE01).digest())
    outcome = berth("plot", result, "-o", FOLDER, program=PROGRAM)
    equal(outcome.status, 0, outcome.err)
    true((FOLDER / "stage01-deploy-auth.svg").is_file(), "no picture")

with test("without its plot scripts it says so"):
    shutil.rmtree(TREE / "share/berth/plots")
    outcome = berth("plot", FOLDER / "stage01.h5", program=PROGRAM)
    equal(outcome.status, 3)
    contains(outcome.err, "plots/theme.gp")

shutil.rmtree(FOLDER)
end()
