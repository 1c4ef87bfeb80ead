#!/usr/bin/env python3
"""Whether several threads are ever slower than one: each network compiled without and with --parallel, run turn by turn.

    python threads.py --intaglio build/release/compiler/intaglio                  the committed networks
    python threads.py --intaglio ... build/zoo --models resnet18 mobilenet_v2     others, as samples/export writes them

Prints a table, those that gain least first; the exit status is 1 when a network is slower with them by more than --slack. Times are the
shortest of all turns. Needs a machine that does nothing else. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import argparse
import os
import sys
import tempfile

from cases import load_case
from generated import Toolchain, fastest_target
from process import Worker

HERE = os.path.dirname(os.path.abspath(__file__))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.path.join(HERE, "../models"), metavar="MODELS",
                        help="folder of NAME.onnx with NAME.npz (default: tests/models)")
    parser.add_argument("--models", nargs="+", metavar="NAME", help="only these of the folder (default: one file of each network)")
    parser.add_argument("--intaglio", required=True, metavar="PATH", help="the compiler")
    parser.add_argument("--target", metavar="NAME", help="of the generated code (default: the widest vectors that this machine has)")
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="both have their turn in every round (default: 3)")
    parser.add_argument("--seconds", type=float, default=0.1, metavar="S", help="length of a turn (default: 0.1)")
    parser.add_argument("--slack", type=float, default=0.03, metavar="S", help="what counts as slower (default: 0.03)")
    parser.add_argument("--work", metavar="DIR", help="keep generated code here and use it again")
    parser.add_argument("--cxx", default=os.environ.get("CXX", "c++"), metavar="PATH")
    parser.add_argument("--cxxflags", default="-O2", metavar="FLAGS", help="besides those of the target (default: -O2)")
    options = parser.parse_args()
    found = sorted(name.removesuffix(".onnx") for name in os.listdir(options.folder)
                   if name.endswith(".onnx") and os.path.exists(os.path.join(options.folder, name.removesuffix(".onnx") + ".npz")))
    if not options.models:
        networks = {name.partition(".")[0]: name for name in reversed(found)}
        options.models = sorted(networks.values())
    for name in options.models:
        if name not in found:
            parser.error(f"{name}: no {name}.onnx with {name}.npz in {options.folder}")
    return options


class Network:
    """One network in two programs: of one thread and of several."""

    def __init__(self, options: argparse.Namespace, toolchain: Toolchain, work: str, name: str):
        self.options, self.name = options, name
        inputs, outputs = load_case(os.path.join(options.folder, name + ".npz"))
        self.commands, self.best = {}, {}
        for threads in (1, options.threads):
            folder = os.path.join(work, f"{name}.{threads}")
            program = os.path.join(folder, "runner")
            if not os.path.exists(program):
                toolchain.build_runner(os.path.join(options.folder, name + ".onnx"), inputs, threads, folder)
            files = []
            for kind, arrays in (("in", inputs), ("out", outputs)):
                for index, array in enumerate(arrays):
                    files.append(os.path.join(folder, f"{kind}{index}.raw"))
                    array.tofile(files[-1])
            self.commands[threads] = [program, str(threads), *files]

    def time(self) -> None:
        """The shortest time in milliseconds, by number of threads."""
        processors, workers = sorted(os.sched_getaffinity(0)), {}
        try:
            for threads, command in self.commands.items():
                workers[threads] = Worker(command, processors[:threads], os.path.join(os.path.dirname(command[0]), "log"))
                workers[threads].answer(60)
                workers[threads].pause()
            for _ in range(self.options.rounds):
                for threads, worker in workers.items():
                    times = worker.ask(str(self.options.seconds), 60)["times_ms"]
                    self.best[threads] = min([*times, self.best.get(threads, float("inf"))])
        finally:
            for worker in workers.values():
                worker.close()

    def gain(self) -> float:
        """How many times as fast it is on several threads."""
        return self.best[1] / self.best[self.options.threads]


def main() -> int:
    options = parse_options()
    toolchain = Toolchain(options.intaglio, options.target or fastest_target(options.intaglio), options.cxx, options.cxxflags, 900)
    with tempfile.TemporaryDirectory() as temporary:
        networks = [Network(options, toolchain, options.work or temporary, name) for name in options.models]
        for network in networks:
            network.time()
    networks.sort(key=Network.gain)
    print(f"{'network':32} {'1 thread':>12} {options.threads:2} threads   gain")
    for network in networks:
        print(f"{network.name:32} {network.best[1] * 1e3:9.1f} us {network.best[options.threads] * 1e3:7.1f} us {network.gain():6.2f}")
    slower = [network.name for network in networks if network.gain() < 1 / (1 + options.slack)]
    if slower:
        print(f"slower on {options.threads} threads: {', '.join(slower)}", file=sys.stderr)
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
