#!/usr/bin/env python3
"""The layers' arrows point one way: reads every #include line and fails on a wrong one.

    layers.py ROOT

Prints TAP. Besides the tree itself it checks that a wrong arrow would be caught.
"""
import pathlib
import re
import sys

# What a folder's files may include of the project, besides their own folder.
ALLOWED = {
    "sim/engine": [],
    "models": ["sim/engine"],
    "scenarios": ["models", "sim/engine"],
    "results": ["models", "sim/engine"],
    "plots": ["results", "models", "sim/engine"],
    "sim/command": ["plots", "results", "scenarios", "models", "sim/engine"],
    "tests": ["sim/command", "plots", "results", "scenarios", "models", "sim/engine"],
}
# Only these layers may know of these libraries.
LIBRARIES = {
    "hdf5": ["results", "tests"],
    "jansson": ["scenarios", "results", "plots", "sim/command", "tests"],
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)


def layer_of(path):
    return next((layer for layer in ALLOWED if path.startswith(layer + "/")), None)


def wrong_arrows(path, text):
    """What one file includes and may not, as messages."""
    layer = layer_of(path)
    if layer is None:
        return [f"{path}: in no layer"]
    wrong = []
    for kind, target in INCLUDE.findall(text):
        if kind == '"':
            to = layer_of(target)
            if to is None:
                wrong.append(f"{path}: {target}: write the path from the root")
            elif to != layer and to not in ALLOWED[layer]:
                wrong.append(f"{path}: {layer} may not include {target}")
        else:
            library = target.split(".")[0]
            if layer not in LIBRARIES.get(library, [layer]):
                wrong.append(f"{path}: {layer} may not know {target}")
    return wrong


def sources(root):
    folders = sorted({layer.split("/")[0] for layer in ALLOWED})
    return [p for f in folders for p in sorted((root / f).rglob("*")) if p.suffix in (".c", ".h")]


class Tap:
    def __init__(self):
        self.count = self.failures = 0

    def check(self, name, problems):
        self.count += 1
        self.failures += bool(problems)
        for problem in problems:
            print("#", problem)
        print(f"{'not ok' if problems else 'ok'} {self.count} - {name}")


def main(root):
    root = pathlib.Path(root)
    tap = Tap()
    files = sources(root)
    wrong = [w for p in files for w in wrong_arrows(p.relative_to(root).as_posix(), p.read_text())]
    tap.check("the layers' arrows point one way", wrong)
    tap.check("every layer was looked at",
              [f"{layer}: no file" for layer in ALLOWED
               if not any(p.relative_to(root).as_posix().startswith(layer + "/") for p in files)])

    caught = {
        "an arrow up": ("models/x.c", '#include "results/recorder.h"\n'),
        "an arrow sideways": ("scenarios/x.h", '  #  include "results/summary.h"\n'),
        "a path that is not from the root": ("models/x.c", '#include "event.h"\n'),
        "a library of another layer": ("models/x.c", "#include <hdf5.h>\n"),
        "a file outside the layers": ("sim/other/x.c", "\n"),
    }
    for name, (path, text) in caught.items():
        tap.check(f"{name} is caught", [] if wrong_arrows(path, text) else [f"{path}: {text!r}"])
    tap.check("a right arrow is let through",
              wrong_arrows("plots/x.c", '#include "results/result_file.h"\n#include <stdio.h>\n'))
    print(f"1..{tap.count}")
    return tap.failures > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
