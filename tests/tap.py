"""tap.py - tap.h's counterpart for tests written in Python: TAP on standard output.

    with test("an unknown verb is refused"):
        equal(run("rnu").status, 2)
    end()

A failed check raises; the test is reported with the place and both values, the next one goes on.
"""
import contextlib
import sys
import traceback

_state = {"count": 0, "failures": 0}


class Failed(AssertionError):
    pass


@contextlib.contextmanager
def test(name):
    _state["count"] += 1
    verdict = "ok"
    try:
        yield
    except Exception:  # whatever it is, it fails this test only
        verdict = "not ok"
        _state["failures"] += 1
        for line in traceback.format_exc().splitlines():
            print("#", line)
    print(f"{verdict} {_state['count']} - {name}", flush=True)


def skip(name, reason):
    _state["count"] += 1
    print(f"ok {_state['count']} - {name} # SKIP {reason}", flush=True)


def end():
    print(f"1..{_state['count']}", flush=True)
    sys.exit(1 if _state["failures"] or not _state["count"] else 0)


def equal(got, want, what=""):
    if got != want:
        raise Failed(f"{what}\n  got  {got!r}\n  want {want!r}")


def true(condition, what):
    if not condition:
        raise Failed(what)


def contains(text, part):
    if part not in text:
        raise Failed(f"{part!r} is not in:\n{text}")


def lacks(text, part):
    if part in text:
        raise Failed(f"{part!r} is in:\n{text}")
