#!/usr/bin/env python3
"""Prints one figure an invocation from a run's journal: the median of its samples, by cell and block.

    scripts/recorded-noise.py RUN > harness/tests/stats/data/invocations.csv

Cells that lack a block which others have are left out: the simulations that replay them need whole blocks.
"""

import collections
import json
import pathlib
import statistics
import sys


def invocations(run):
    for line in (pathlib.Path(run) / "journal.jsonl").open():
        yield json.loads(line)


def samples(invocation):
    """Times of an operation of the first metric that the program printed."""
    first = None
    for group in invocation.get("samples", []):
        if group["phase"] == "measure" and first in (None, group["metric"]):
            first = group["metric"]
            ops = group["ops"]
            for i, value in enumerate(group["values"]):
                yield value / (ops[i] if isinstance(ops, list) else ops)


def name(cell):
    params = "".join(f" {k}={v}" for k, v in sorted(cell["params"].items()))
    copy = f" #{cell['copy'] + 1}" if cell["copy"] else ""
    return f"{cell['experiment']} {cell['variant']}@{cell['toolchain']} {cell['case']}{params}{copy}"


cells = collections.defaultdict(dict)
disturbed = set()
for invocation in invocations(sys.argv[1]):
    values = list(samples(invocation))
    if not values or invocation["end"] != {"how": "exited", "code": 0}:
        continue
    place = (name(invocation["cell"]), invocation["block"])
    # As the harness counts: the first attempt that was not disturbed, else the last.
    if place[1] not in cells[place[0]] or place in disturbed:
        cells[place[0]][place[1]] = statistics.median(values)
        disturbed.discard(place)
        if invocation.get("disturbed"):
            disturbed.add(place)
longest = max(len(blocks) for blocks in cells.values())
print("cell,block,value")
for cell, blocks in sorted(cells.items()):
    if len(blocks) == longest:
        for block, value in sorted(blocks.items()):
            print(f"{cell},{block},{value:.6g}")
