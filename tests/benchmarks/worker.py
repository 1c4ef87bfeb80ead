#!/usr/bin/env python3
# One engine on one model in a process of its own, driven by compare.py through pipes.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prepare or time one peer.

  worker.py prepare PEER MODEL.onnx MODEL.npz WORK THREADS     convert, load, run once
  worker.py time    PEER MODEL.onnx MODEL.npz WORK THREADS OUTPUT_FILE...

Answers are JSON lines on stdout. `time` loads the model, runs it once, writes the outputs as raw tensors and answers; then for every
line SECONDS on stdin it runs the model for that long, writes the outputs again and answers with the times. Failures answer {"error"}.
"""
import importlib.metadata
import json
import os
import re
import sys
import time
from typing import Any, Callable

import numpy as np

from peers import PEERS, Peer

# As in runner.cpp: a warm-up takes this part of a round, and a round has at least this many timed runs.
WARM_UP = 0.2
FEWEST_RUNS = 3


def peak_kib() -> int:
    """The largest resident set of this program so far. Unlike ru_maxrss it does not count what was there before exec."""
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s*(\d+)", status.read())[1])


def mapped_libraries() -> set[str]:
    """Shared libraries of installed Python packages that this process has mapped, without those of numpy."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = {line.split(maxsplit=5)[5].strip() for line in maps if "/" in line}
    return {path for path in paths if "/site-packages/" in path and ".so" in os.path.basename(path)
            and not re.search(r"/site-packages/numpy", path)}


def versions(peer: Peer) -> str:
    """The installed versions of the distributions that the peer is made of."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in peer.distributions)


def timed_runs(step: Callable[[], None], seconds: float) -> list[float]:
    """Wall-clock milliseconds of each call of `step`, for about this long after a warm-up."""
    clock = time.perf_counter
    start = clock()
    step()
    while clock() - start < WARM_UP * seconds:
        step()
    times: list[float] = []
    start = clock()
    while len(times) < FEWEST_RUNS or clock() - start < seconds:
        before = clock()
        step()
        times.append((clock() - before) * 1e3)
    return times


def write_outputs(peer: Peer, paths: list[str]) -> None:
    """Raw tensors in the types of the expected outputs."""
    outputs = peer.outputs()
    if len(outputs) < len(paths):
        raise RuntimeError(f"{len(outputs)} outputs, {len(paths)} expected")
    for output, wanted, path in zip(outputs, peer.expected, paths):
        np.ascontiguousarray(output).astype(wanted.dtype, copy=False).tofile(path)


def prepare(peer: Peer, answer: Callable[..., None]) -> None:
    """Converts the model unless a former run has; runs it once so that failures show and files are in the page cache."""
    start = time.perf_counter()
    if not all(os.path.exists(path) for path in peer.ships()):
        peer.convert()
    seconds = time.perf_counter() - start
    peer.imports()
    peer.load()
    peer.step()
    answer(convert_seconds=seconds, model_bytes=sum(os.path.getsize(path) for path in peer.ships()), version=versions(peer))


def measure(peer: Peer, answer: Callable[..., None], outputs: list[str]) -> None:
    """The time to the first result counts importing the engine and loading the model, not starting Python and numpy."""
    libraries, base = mapped_libraries(), peak_kib()
    start = time.perf_counter()
    peer.imports()
    peer.load()
    peer.step()
    first = (time.perf_counter() - start) * 1e3
    write_outputs(peer, outputs)
    used = mapped_libraries() - libraries
    answer(first_result_ms=first, peak_kib=peak_kib(), base_kib=base, library_bytes=sum(map(os.path.getsize, used)),
           libraries=sorted(os.path.basename(path) for path in used))
    for line in sys.stdin:
        times = timed_runs(peer.step, float(line))
        write_outputs(peer, outputs)
        answer(times_ms=[round(value, 5) for value in times], peak_kib=peak_kib())


def main() -> None:
    # Engines print on stdout as they like; answers go through a copy of it.
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(**values: Any) -> None:
        print(json.dumps(values), file=pipe, flush=True)

    action, name, model, data, work, threads, *outputs = sys.argv[1:]
    try:
        peer = PEERS[name](model, data, work, int(threads))
        if action == "prepare":
            prepare(peer, answer)
        else:
            measure(peer, answer, outputs)
    except ModuleNotFoundError as error:
        answer(error=f"not installed ({error.name})")
    except importlib.metadata.PackageNotFoundError as error:
        answer(error=f"not installed ({error.name})")
    except Exception as error:  # pylint: disable=broad-except
        text = " ".join(str(error).split()) or "no message"
        answer(error=f"{type(error).__name__}: {text}"[:200])
    # Some engines crash or hang when Python tears them down.
    pipe.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
