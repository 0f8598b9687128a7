"""Is a twin fast enough never to be the bottleneck? The short form of `bench/twin_speed.py`."""

from __future__ import annotations

import statistics

from bench.twin_calls import CASES
from bench.twin_speed import rounds

# Per second of the twin's own CPU time: other processes on the machine do not change it. 1,500 simple reads or 4,000
# list records a second are promised with latency off; half of that still tells a slow path from a busy machine.
LEAST = {"salesforce rest read": 1000, "netsuite rest read": 800, "netsuite soap getList": 3000}


def test_a_twin_is_never_the_bottleneck() -> None:
    found = rounds(3, 0.1, [case for case in CASES if case.name in LEAST])
    for name, rates in found.items():
        assert statistics.median(cpu for _, cpu in rates) > LEAST[name], (name, rates)
