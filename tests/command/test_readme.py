"""Goal: what README.md says to type works, and prints what it shows.
Method: its sh and python blocks are run in order, in a folder with nothing but the scenarios and the
program; a text block after one is its output. Those of quickstart and .ci/run, which started this
test or may have, are left out. With --update as a third argument the text blocks are rewritten."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from program import *

README = ROOT / "README.md"
BLOCK = re.compile(r"```(sh|python|text|json)\n(.*?)```\n", re.S)
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="berth-readme-"))
shutil.copytree(ROOT / "scenarios", FOLDER / "scenarios")
(FOLDER / "build").mkdir()
(FOLDER / "build/berth").symlink_to(os.path.abspath(BERTH))


def run_block(language, code):
    interpreter = ["/usr/bin/python3", "-"] if language == "python" else ["sh", "-eu"]
    return subprocess.run(interpreter, input=code, cwd=FOLDER, text=True, capture_output=True,
                          env=ENVIRONMENT, timeout=60)


text = README.read_text()
blocks = [(m.group(1), m.group(2), m.start(2), m.end(2)) for m in BLOCK.finditer(text)]
updated, shown_to, ran = "", 0, 0
for index, (language, code, start, end_at) in enumerate(blocks):
    first = code.strip().split("\n")[0]
    if language == "json":
        name = re.search(r"`(\S+\.json)`[^`]*$", text[:start - len("```json\n")])
        if name:
            (FOLDER / name.group(1)).write_text(code)
        continue
    if language == "text" or re.match(r"(git|cd|\./quickstart|\.ci/run)\b", first):
        continue
    with test(f"README: {first}"):
        done = run_block(language, code)
        ran += 1
        equal(done.returncode, 0, done.stdout + done.stderr)
        if index + 1 < len(blocks) and blocks[index + 1][0] == "text":
            _, want, want_start, want_end = blocks[index + 1]
            if sys.argv[3:] == ["--update"]:
                updated += text[shown_to:want_start] + done.stdout
                shown_to = want_end
            else:
                equal(done.stdout, want)
if sys.argv[3:] == ["--update"]:
    README.write_text(updated + text[shown_to:])

with test("README: there were commands to run"):
    true(ran >= 5, f"{ran}")

with test("README: every file and folder that it links to is there"):
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        true(target.startswith("http") or (ROOT / target).exists(), target)

shutil.rmtree(FOLDER)
end()
