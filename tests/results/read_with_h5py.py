#!/usr/bin/python3
"""Reads a result file as a stranger would: every dataset, its filters, and some known facts."""
import sys

import h5py

count = 0
with h5py.File(sys.argv[1], "r") as f:
    assert f.attrs["berth_format"] == 1 and len(f.attrs["digest"]) == 32
    strings = f["strings"].asstr()[:]
    assert strings[0] == ""

    def look(name, item):
        global count
        if not isinstance(item, h5py.Dataset):
            return
        count += 1
        values = item[()]
        if name.startswith("runs/"):
            assert item.shuffle and item.compression == "gzip" and item.chunks, name
            if item.attrs.get("refers_to") == "/strings":
                assert values.max(initial=0) < len(strings), name

    f.visititems(look)
    events = f["runs/0/0/events"]
    kinds = [strings[k] for k in events["kind"]]
    assert kinds.count("task.running") == 8 and kinds[0] == "instance.registered"
    assert all(a <= b for a, b in zip(events["t_us"][:-1], events["t_us"][1:]))
    deploy = kinds.index("timeline")
    assert events["t_us"][deploy] == 300_000_000
    assert strings[events["subject"][deploy]] == "updateService"
    names = list(f["metrics/name"].asstr()[:])
    offered = f["metrics/value"][0, 0, names.index("services.auth.requests.offered")]
    assert offered == 120 * 2400
assert count > 150, count
