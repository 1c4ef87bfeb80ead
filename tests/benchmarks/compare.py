#!/usr/bin/env python3
# Times networks that Intaglio compiled side by side with other inference engines: README.md says how.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compare Intaglio with other inference engines, in one run.

  compare.py MODELS --intaglio build/release/compiler/intaglio
  compare.py MODELS --intaglio ... --models resnet18.ts mobilenet_v2.ts --peers required --threads 1
  compare.py ZOO --intaglio ... --zoo                            the networks of zoo.txt, as samples/export/zoo.py exports them
  compare.py ZOO --intaglio ... --zoo --work DIR --build-only    the long part, before the machine is kept quiet; then without --build-only
  compare.py --report RESULT.json... --plot RESULT.png           tables and plot of former runs

MODELS is a folder of NAME.onnx with NAME.npz beside it (in0.., out0..: inputs and PyTorch's outputs; samples/export/export.py).
"""
import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import statistics
import sys
import tempfile
import time
from typing import Callable, Optional

import numpy as np

from cases import error_against, load_case
from generated import BuildError, Toolchain, fastest_target, intaglio_version
from peers import PEERS, REQUIRED
from process import Worker, WorkerError
from report import merged, plot, print_report

HERE = os.path.dirname(os.path.abspath(__file__))
INTAGLIO = "intaglio"
RUNNER = os.path.join(HERE, "runner.cpp")
ROUND_OVERHEAD = 30  # seconds on top of a round's own before a worker counts as hanging
ATTEMPTS = 4         # at a turn
UNDISTURBED = 0.02   # a turn in which a worker waited for a processor less than this share of the time is not repeated


class Contestant:
    """One engine on one model and number of threads: its worker, and the row of the table that it fills. Once it has failed, the row
    holds the reason and nothing more is asked of it."""

    def __init__(self, name: str, model: str, threads: int):
        self.row: dict = {"peer": name, "model": model, "threads": threads}
        self.times: list[float] = []
        self.turns: list[dict] = []
        self.worker: Optional[Worker] = None
        self.outputs: list[str] = []

    @property
    def failed(self) -> bool:
        return "error" in self.row

    def fail(self, reason: str) -> None:
        """Keeps the first reason."""
        self.row.setdefault("error", reason)
        self.close()

    def close(self) -> None:
        """Ends the worker."""
        if self.worker:
            self.worker.close()
        self.worker = None

    def check(self, expected: list[np.ndarray], tolerance: float) -> None:
        """Compares the outputs of the last run with PyTorch's. The largest error of all runs counts."""
        error = error_against(expected, self.outputs)
        self.row["max_error"] = max(error, self.row.get("max_error", 0.0))
        if not error <= tolerance:
            self.fail(f"wrong result (error {error:.1e})")

    def finish(self) -> dict:
        """The row."""
        if self.times and not self.failed:
            self.row.update(min_ms=min(self.times), median_ms=statistics.median(self.times), runs=len(self.times),
                            turns=self.turns)
        self.close()
        return self.row


class Comparison:
    """All contestants of one model and number of threads, from conversion to rows."""

    def __init__(self, options: argparse.Namespace, toolchain: Toolchain, work: str, model: str, threads: int):
        self.options, self.toolchain, self.threads = options, toolchain, threads
        self.model = os.path.join(options.folder, model + ".onnx")
        self.data = os.path.join(options.folder, model + ".npz")
        self.work = os.path.join(work, model)
        os.makedirs(self.work, exist_ok=True)
        self.inputs, self.expected = load_case(self.data)
        self.processors = options.processors[:threads]
        self.contestants = [Contestant(name, model, threads) for name in (INTAGLIO, *options.peers)]

    def log(self, contestant: Contestant, what: str) -> str:
        return os.path.join(self.work, f"{contestant.row['peer']}.{self.threads}.{what}.log")

    def command(self, contestant: Contestant, action: str) -> list[str]:
        """Of a peer's worker."""
        name = contestant.row["peer"]
        python = self.options.python.get(name, sys.executable)
        command = [python, os.path.join(HERE, "worker.py"), action, name, self.model, self.data,
                   os.path.join(self.work, name), str(self.threads)]
        return command + contestant.outputs if action == "time" else command

    def build(self, contestant: Contestant) -> None:
        """Generates and builds the runner; lays out its input files."""
        folder = os.path.join(self.work, f"{INTAGLIO}.{self.threads}")
        built = remembered(os.path.join(self.work, f"{INTAGLIO}.{self.threads}.built.json"),
                           [*state(self.model), *state(RUNNER), self.options.intaglio_sha256, self.toolchain.cxx, *self.toolchain.flags()],
                           lambda: self.toolchain.build_runner(self.model, self.inputs, self.threads, folder))
        inputs = []
        for index, array in enumerate(self.inputs):
            inputs.append(os.path.join(folder, f"in{index}.raw"))
            array.tofile(inputs[-1])
        contestant.command = [built.pop("program"), str(self.threads), *inputs]
        contestant.row.update(built, ships_bytes=built["code_bytes"] + built["weights_bytes"], version=self.options.version)

    def convert(self, contestant: Contestant) -> None:
        """Converts the model and runs it once, in a process of its own, so that a peer that cannot does not get into the rounds."""
        def prepare() -> dict:
            worker = Worker(self.command(contestant, "prepare"), self.processors, self.log(contestant, "prepare"))
            try:
                return worker.answer(self.options.convert_timeout)
            finally:
                worker.close()
        kept = os.path.join(self.work, f"{contestant.row['peer']}.{self.threads}.prepared.json")
        contestant.row.update(remembered(kept, state(self.model), prepare))

    def start(self, contestant: Contestant) -> None:
        """Starts the worker that will be timed, notes its time to the first result and checks this."""
        name = contestant.row["peer"]
        for index, array in enumerate(self.expected):
            contestant.outputs.append(os.path.join(self.work, f"{name}.{self.threads}.out{index}.raw"))
            array.tofile(contestant.outputs[-1])  # the runner learns the size from it
        command = (contestant.command + contestant.outputs if name == INTAGLIO else self.command(contestant, "time"))
        contestant.worker = Worker(command, self.processors, self.log(contestant, "time"), self.options.nice)
        answer = contestant.worker.answer(self.options.convert_timeout)
        contestant.worker.pause()
        contestant.row["process_to_first_result_ms"] = (time.perf_counter() - contestant.worker.started) * 1e3
        contestant.row.update(answer)
        if name != INTAGLIO:
            contestant.row["ships_bytes"] = answer["library_bytes"] + contestant.row["model_bytes"]
        contestant.check(self.expected, self.options.tolerance)

    def attempt(self, contestant: Contestant, step) -> None:
        """Runs one step of a contestant that is still in; a failure becomes its row's error."""
        if contestant.failed:
            return
        try:
            step(contestant)
        except (BuildError, WorkerError) as error:
            contestant.fail(str(error))

    def time_once(self, contestant: Contestant) -> None:
        """One turn in one round. When something else used the processors it is repeated, and the least disturbed attempt counts,
        whatever its times are."""
        answers = []
        for _ in range(ATTEMPTS):
            answers.append(contestant.worker.ask(str(self.options.seconds), self.options.seconds * 2 + ROUND_OVERHEAD))
            contestant.check(self.expected, self.options.tolerance)
            if contestant.failed:
                return
            if answers[-1]["waited"] <= UNDISTURBED:
                break
        answer = min(answers, key=lambda each: each["waited"])
        contestant.row["peak_kib"] = answers[-1]["peak_kib"]
        contestant.times += answer["times_ms"]
        contestant.turns.append({"min_ms": min(answer["times_ms"]), "median_ms": statistics.median(answer["times_ms"]),
                                 "waited": round(answer["waited"], 4), "attempts": len(answers)})

    def run(self, peak: Worker) -> tuple[list[dict], list[float]]:
        """The rows, and the multiply-add rates measured between the rounds."""
        rates = []
        try:
            for contestant in self.contestants:
                self.attempt(contestant, self.build if contestant.row["peer"] == INTAGLIO else self.convert)
            for contestant in self.contestants if self.options.rounds else []:
                self.attempt(contestant, self.start)
            for turn in range(self.options.rounds):
                rates.append(peak.ask("", 60)["gflops"])
                # Forwards and backwards: nobody always comes after the same neighbour.
                for contestant in self.contestants if turn % 2 == 0 else reversed(self.contestants):
                    self.attempt(contestant, self.time_once)
        finally:
            rows = [contestant.finish() for contestant in self.contestants]
        return rows, rates


def state(path: str) -> list:
    """What changes when somebody writes the file."""
    status = os.stat(path)
    return [path, status.st_size, status.st_mtime_ns]


def remembered(path: str, made_from: list, make: Callable[[], dict]) -> dict:
    """What `make` answered when it was last asked, as long as it was made from the same; only --work keeps it for a later run."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            former = json.load(file)
        if former["made_from"] == made_from:
            return former["answer"]
    answer = make()
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"made_from": made_from, "answer": answer}, file)
    return answer


def machine() -> dict:
    """What the figures were measured on."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        fields = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", info.read(), re.MULTILINE))
    vectors = [flag for flag in ("sse4_2", "avx", "avx2", "fma", "avx512f") if flag in fields.get("flags", "").split()]
    return {"processor": fields.get("model name", platform.machine()), "family": fields.get("cpu family", ""),
            "model": fields.get("model", ""), "vector_extensions": vectors, "processors": os.cpu_count(),
            "system": f"{platform.system()} {platform.release()}"}


def zoo() -> list[str]:
    """The names of zoo.txt."""
    with open(os.path.join(HERE, "zoo.txt"), encoding="utf-8") as lines:
        return [line.split()[1] for line in lines if line.strip() and not line.startswith("#")]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", metavar="MODELS", help="folder of NAME.onnx with NAME.npz")
    parser.add_argument("--models", nargs="+", metavar="NAME", help="only these of the folder")
    parser.add_argument("--zoo", action="store_true", help="only the networks of zoo.txt, in its order; those that the folder lacks are named")
    parser.add_argument("--peers", nargs="+", default=["all"], metavar="PEER", help=f"all, required ({', '.join(REQUIRED)}) or some of: "
                        + ", ".join(PEERS))
    parser.add_argument("--python", nargs="+", default=[], metavar="PEER=PYTHON", help="interpreters of peers in other environments")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="every engine has its turn in every round (default: 5)")
    parser.add_argument("--seconds", type=float, default=1.0, metavar="S", help="length of a turn (default: 1)")
    parser.add_argument("--tolerance", type=float, default=1e-3, metavar="E", help="largest error, of the output's range (default: 1e-3)")
    parser.add_argument("--processors", type=lambda text: [int(part) for part in text.split(",")], metavar="I,J",
                        default=sorted(os.sched_getaffinity(0)), help="processors to pin to: N threads use the first N (default: all)")
    parser.add_argument("--nice", type=int, default=0, metavar="N", help="nice value of the timed processes; negative ones need root")
    parser.add_argument("--intaglio", metavar="PATH", help="the compiler")
    parser.add_argument("--target", metavar="NAME", help="of the generated code (default: avx512 or avx2, if this machine has it, or else portable)")
    parser.add_argument("--cxx", default=os.environ.get("CXX", "c++"), metavar="PATH")
    parser.add_argument("--cxxflags", default="-O2", metavar="FLAGS", help="besides those of the target (default: -O2)")
    parser.add_argument("--convert-timeout", type=float, default=900, metavar="S", help="to convert, build or load (default: 900)")
    parser.add_argument("--work", metavar="DIR", help="keep converted models and generated programs here; they are used again "
                        "(programs while the compiler and its flags stay the same)")
    parser.add_argument("--build-only", action="store_true", help="fill --work, time nothing")
    parser.add_argument("--json", metavar="FILE", help="write everything measured")
    parser.add_argument("--plot", metavar="FILE.png", help="draw Intaglio's speed-up (needs matplotlib)")
    parser.add_argument("--report", nargs="+", metavar="FILE", help="tables and plot of former runs' JSON; nothing is measured")
    options = parser.parse_args()
    if options.report:
        return options
    if not options.folder or not options.intaglio:
        parser.error("give MODELS and --intaglio PATH, or --report FILE")
    if options.build_only:
        if not options.work:
            parser.error("--build-only needs --work DIR")
        options.rounds = 0
    found = sorted(name.removesuffix(".onnx") for name in os.listdir(options.folder)
                   if name.endswith(".onnx") and os.path.exists(os.path.join(options.folder, name.removesuffix(".onnx") + ".npz")))
    if not found:
        parser.error(f"{options.folder}: no NAME.onnx with NAME.npz")
    for name in options.models or []:
        if name not in found:
            parser.error(f"{name}: no {name}.onnx with {name}.npz in {options.folder}")
    if options.zoo and not options.models:
        listed = zoo()
        options.models = [name for name in listed if name in found]
        if missing := [name for name in listed if name not in found]:
            print(f"{options.folder} lacks {len(missing)} of the {len(listed)} networks: {' '.join(missing)}", file=sys.stderr)
        if not options.models:
            parser.error(f"{options.folder}: none of the networks of zoo.txt (samples/export/zoo.py makes them)")
    options.models = options.models or found
    groups = {"all": list(PEERS), "required": list(REQUIRED)}
    options.peers = [name for peer in options.peers for name in groups.get(peer, [peer])]
    for name in options.peers:
        if name not in PEERS:
            parser.error(f"{name}: no such peer; there are {', '.join(PEERS)}")
    options.python = dict(entry.partition("=")[::2] for entry in options.python)
    if max(options.threads) > len(options.processors) or min(options.threads) < 1:
        parser.error(f"{max(options.threads)} threads need as many processors; there are {len(options.processors)}")
    options.folder, options.intaglio = os.path.abspath(options.folder), os.path.abspath(options.intaglio)
    return options


def measure(options: argparse.Namespace, work: str) -> dict:
    """Runs everything; after every model the JSON file holds what there is."""
    # A copy, so that somebody who rebuilds the compiler meanwhile does not have some networks compiled by another one.
    compiler = os.path.join(work, INTAGLIO)
    shutil.copy(options.intaglio, f"{compiler}.{os.getpid()}")
    os.replace(f"{compiler}.{os.getpid()}", compiler)  # another run in the same folder may be using the former one
    options.target = options.target or fastest_target(compiler)
    toolchain = Toolchain(compiler, options.target, options.cxx, options.cxxflags, options.convert_timeout)
    options.version = intaglio_version(compiler)
    with open(compiler, "rb") as file:
        options.intaglio_sha256 = hashlib.sha256(file.read()).hexdigest()
    result = {"machine": machine(), "target": options.target, "flags": toolchain.flags(), "rounds": options.rounds,
              "seconds": options.seconds, "tolerance": options.tolerance, "date": time.strftime("%Y-%m-%d"),
              "intaglio_sha256": options.intaglio_sha256, "fma_gflops": {}, "rows": []}
    program = toolchain.build_fma_peak(work)
    for threads in options.threads:
        peak = Worker([program, str(threads)], options.processors[:threads], os.path.join(work, "fma_peak.log"), options.nice)
        try:
            for name in options.models:
                print(f"{time.strftime('%H:%M:%S')} {name}, {threads} thread{'s' if threads > 1 else ''}", file=sys.stderr, flush=True)
                rows, rates = Comparison(options, toolchain, work, name, threads).run(peak)
                result["rows"] += rows
                result["fma_gflops"].setdefault(str(threads), []).extend(rates)
                for row in rows:
                    print(f"  {row['peer']:12}", f"{row['min_ms']:.3f} ms" if "min_ms" in row else row.get("error", "not timed"),
                          file=sys.stderr, flush=True)
                if options.json:
                    with open(options.json, "w", encoding="utf-8") as file:
                        json.dump(result, file, indent=1)
        finally:
            peak.close()
    return result


def main() -> None:
    options = parse_options()
    if options.report:
        result = merged(options.report)
    elif options.work:
        os.makedirs(options.work, exist_ok=True)
        result = measure(options, os.path.abspath(options.work))
    else:
        with tempfile.TemporaryDirectory() as work:
            result = measure(options, work)
    if options.build_only:
        return
    print_report(result)
    if options.plot:
        plot(result, options.plot)


if __name__ == "__main__":
    main()
