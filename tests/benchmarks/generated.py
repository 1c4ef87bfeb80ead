# Compiles a model with Intaglio and builds the runner around the generated code.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import glob
import json
import os
import re
import shlex
import subprocess
import time
from dataclasses import dataclass

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


class BuildError(Exception):
    """Intaglio or the C++ compiler refused; the message is the last line of what it said."""


def call(command: list[str], timeout: float) -> str:
    """What the command prints on stdout."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{os.path.basename(command[0])}: over {timeout:.0f} s") from error
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if "error" in line] or ["no message"]
        raise BuildError(f"{os.path.basename(command[0])}: {lines[0]}"[:200])
    return done.stdout


@dataclass(frozen=True)
class Toolchain:
    """What turns a model into a program."""
    intaglio: str
    target: str
    cxx: str
    cxxflags: str
    timeout: float

    def flags(self) -> list[str]:
        """Of every C++ file: the user's and the target's."""
        targets = json.loads(call([self.intaglio, "targets", "--json"], self.timeout))
        for target in targets:
            if target["name"] == self.target:
                return [*shlex.split(self.cxxflags), *target["compile_flags"]]
        raise BuildError(f"intaglio has no target '{self.target}'")

    def parallel(self) -> bool:
        """Whether this Intaglio can cut layers into tasks."""
        return "--parallel" in call([self.intaglio, "compile", "--help"], self.timeout)

    def build_fma_peak(self, folder: str) -> str:
        """The program that measures the rate of multiply-adds, for the same target."""
        program = os.path.join(folder, "fma_peak")
        call([self.cxx, "-std=c++17", *self.flags(), "-O2", "-pthread", "-o", program, os.path.join(HERE, "fma_peak.cpp")],
             self.timeout)
        return program

    def build_runner(self, model: str, inputs: list[np.ndarray], threads: int, folder: str) -> dict:
        """{program, code_bytes, weights_bytes, arena_bytes, compile_seconds, build_seconds}; code is the object's text and data."""
        if threads > 1 and not self.parallel():
            raise BuildError("this intaglio has no --parallel")
        start = time.perf_counter()
        report = json.loads(call(
            [self.intaglio, "compile", model, "-o", folder, "--name", "net", "--target", self.target, "--json",
             *(["--parallel", str(threads)] if threads > 1 else []), *bound_shapes(model, inputs)], self.timeout))
        compiled = time.perf_counter()
        objects = []
        for source in sorted(glob.glob(os.path.join(folder, "*.cpp"))):
            objects.append(source.removesuffix(".cpp") + ".o")
            call([self.cxx, "-std=c++17", *self.flags(), f"-I{folder}", f"-Wa,-I{folder}", "-c", source, "-o", objects[-1]],
                 self.timeout)
        built = time.perf_counter()
        program = os.path.join(folder, "runner")
        call([self.cxx, "-std=c++17", *self.flags(), f"-I{folder}", "-pthread", "-o", program,
              os.path.join(HERE, "runner.cpp"), *objects], self.timeout)
        loaded = sum(loaded_bytes(file, self.timeout) for file in objects)
        return {"program": program, "code_bytes": loaded - report["weights_bytes"], "weights_bytes": report["weights_bytes"],
                "arena_bytes": report["arena_bytes"], "compile_seconds": compiled - start, "build_seconds": built - compiled}


def loaded_bytes(file: str, timeout: float) -> int:
    """Code, constants and initialised data of an object file (text + data as `size` counts them)."""
    text, data = call(["size", file], timeout).splitlines()[1].split()[:2]
    return int(text) + int(data)


def bound_shapes(model: str, inputs: list[np.ndarray]) -> list[str]:
    """--shape for every input whose dimensions the file leaves open."""
    import onnx
    graph = onnx.load(model, load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    options = []
    for node, array in zip((node for node in graph.input if node.name not in constants), inputs):
        if any(not dimension.HasField("dim_value") for dimension in node.type.tensor_type.shape.dim):
            options += ["--shape", node.name + "=" + "x".join(map(str, array.shape))]
    return options


def fastest_target(intaglio: str) -> str:
    """The target with the widest vectors that this machine has."""
    runs_here = {target["name"] for target in json.loads(call([intaglio, "targets", "--json"], 60)) if target["runs_here"]}
    return next(name for name in ("avx512", "avx2", "portable") if name in runs_here)


def intaglio_version(intaglio: str) -> str:
    """As `intaglio --version` prints it."""
    found = re.search(r"\d+(\.\d+)+\S*", call([intaglio, "--version"], 60))
    return "intaglio " + (found[0] if found else "of unknown version")
