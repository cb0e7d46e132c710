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
    for record in invocation["records"]:
        if record["type"] == "sample" and record["phase"] == "measure":
            yield record["value"] / record["ops"]
    for group in invocation.get("samples", []):
        if group["phase"] == "measure":
            ops = group["ops"]
            for i, value in enumerate(group["values"]):
                yield value / (ops[i] if isinstance(ops, list) else ops)


def name(cell):
    params = "".join(f" {k}={v}" for k, v in sorted(cell["params"].items()))
    copy = f" #{cell['copy'] + 1}" if cell["copy"] else ""
    return f"{cell['experiment']} {cell['variant']}@{cell['toolchain']} {cell['case']}{params}{copy}"


cells = collections.defaultdict(dict)
for invocation in invocations(sys.argv[1]):
    values = list(samples(invocation))
    if values and invocation["end"] == {"how": "exited", "code": 0}:
        cells[name(invocation["cell"])].setdefault(invocation["block"], statistics.median(values))
longest = max(len(blocks) for blocks in cells.values())
print("cell,block,value")
for cell, blocks in sorted(cells.items()):
    if len(blocks) == longest:
        for block, value in sorted(blocks.items()):
            print(f"{cell},{block},{value:.6g}")
