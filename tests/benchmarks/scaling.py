#!/usr/bin/env python3
"""How compiling grows with the network: networks of many layers, seconds, memory and size of what is generated.

    python scaling.py --intaglio build/release/compiler/intaglio              prints the table of docs/performance.md
    python scaling.py --intaglio ... --only chain,concat --limit 4000         some rows
    python scaling.py --write DIR --only relu --limit 100000                  writes the networks instead

Needs the Python package onnx. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Network:
    """Nodes and constants that grow one after another; every method returns the name of its result."""

    def __init__(self, shape, inputs=1):
        self.nodes, self.constants, self.count = [], [], 0
        self.inputs = [helper.make_tensor_value_info(f"x{i}", TensorProto.FLOAT, shape) for i in range(inputs)]
        self.random = np.random.default_rng(1)

    def node(self, kind, *inputs, outputs=1, **attributes):
        names = [f"v{self.count + i}" for i in range(outputs)]
        self.count += outputs
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"n{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def conv(self, x, inputs, outputs, kernel=3, rank=2):
        shape = (outputs, inputs) + (kernel,) * rank
        weights = self.random.standard_normal(shape).astype(np.float32) / (inputs * kernel**rank) ** 0.5
        return self.node("Conv", x, self.constant(weights), pads=[kernel // 2] * 2 * rank)

    def conv_relu(self, *arguments, **keywords):
        return self.node("Relu", self.conv(*arguments, **keywords))

    def save(self, path, results):
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in results]
        graph = helper.make_graph(self.nodes, "net", self.inputs, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, path)


def conv_chain(n, rank=2):
    net = Network([1, 8] + [16] * rank)
    x = "x0"
    for _ in range(n):
        x = net.conv_relu(x, 8, 8, rank=rank)
    return net, [x]


def residual(n):
    net = Network([1, 8, 16, 16])
    x = net.conv_relu("x0", 8, 8)
    for _ in range(n // 2):
        x = net.node("Relu", net.node("Add", net.conv(net.conv_relu(x, 8, 8), 8, 8), x))
    return net, [x]


def dense(n, stem, growth=4):
    net = Network([1, 8, 8, 8])
    x, channels = "x0", 8
    if stem:
        x = net.conv_relu(x, 8, 8)
    for _ in range(n):
        x = net.node("Concat", x, net.conv_relu(x, channels, growth, kernel=1), axis=1)
        channels += growth
    return net, [net.conv(x, channels, 8, kernel=1)]


def flat_dense(n, stem=False, growth=4):
    net = Network([1, 8, 8, 8])
    features, channels = ["x0"], 8
    if stem:
        features = [net.conv_relu("x0", 8, 8)]
    for _ in range(n):
        x = net.node("Concat", *features, axis=1) if len(features) > 1 else features[0]
        features.append(net.conv_relu(x, channels, growth, kernel=1))
        channels += growth
    return net, [net.conv(net.node("Concat", *features, axis=1), channels, 8, kernel=1)]


def elementwise(n):
    net = Network([1, 8, 16, 16])
    x = "x0"
    for i in range(n // 2):
        x = net.node(["Tanh", "Sigmoid", "Abs"][i % 3], x)
        x = net.node(["Add", "Mul", "Sub"][i % 3], x, "x0")
    return net, [x]


def tree(n):
    net = Network([1, 8, 16, 16])
    level = [net.node("Mul", "x0", net.constant(np.float32(1.5 + i))) for i in range(n // 2)]
    while len(level) > 1:
        level = [net.node("Add", *level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return net, level


def dag(n):
    net = Network([1, 8, 16, 16])
    choose = random.Random(1)
    values = ["x0"]
    unread = []
    for i in range(n):
        a, b = choose.choice(values[-50:]), choose.choice(values)
        values.append(net.node(["Add", "Mul", "Max"][i % 3], a, b))
        unread = [v for v in unread if v not in (a, b)] + [values[-1]]
    while len(unread) > 1:
        unread = [net.node("Add", unread[0], unread[1])] + unread[2:]
    return net, unread


def fan_out(n):
    net = Network([1, 8, 16, 16])
    x = net.conv("x0", 8, 8)
    return net, [net.node("Concat", *[net.node("Mul", x, net.constant(np.float32(2 + i))) for i in range(n)], axis=1)]


def split_concat(n):
    net = Network([1, 2 * n, 8, 8])
    parts = net.node("Split", "x0", net.constant(np.full(n, 2, np.int64)), outputs=n, axis=1)
    return net, [net.node("Concat", *[net.node("Tanh", p) for p in reversed(parts)], axis=1)]


def ports(n):
    net = Network([1, 4, 8, 8], n)
    return net, [net.node("Sigmoid", f"x{i}") for i in range(n)]


def shuffles(n):
    net = Network([1, 16, 8, 8])
    x = net.conv("x0", 16, 16)
    for _ in range(n):
        x = net.node("Reshape", x, net.constant(np.array([1, 2, 8, 8, 8])))
        x = net.node("Transpose", x, perm=[0, 2, 1, 3, 4])
        x = net.node("Reshape", x, net.constant(np.array([1, 16, 8, 8])))
        x = net.conv(x, 16, 16, kernel=1)
    return net, [x]


def slices(n):
    net = Network([1, 16, 8, 8])
    x = net.conv("x0", 16, 16)
    for _ in range(n):
        a = net.node("Slice", x, net.constant(np.array([0])), net.constant(np.array([8])), net.constant(np.array([1])))
        b = net.node("Slice", x, net.constant(np.array([8])), net.constant(np.array([16])), net.constant(np.array([1])))
        x = net.node("Concat", net.conv_relu(b, 8, 8, kernel=1), a, axis=1)
    return net, [x]


def removable(kind):
    def build(n):
        net = Network([1, 8, 8, 8])
        x = "x0"
        one, zero = net.constant(np.float32(1)), net.constant(np.float32(0))
        a, b = net.constant(np.array([1, 8, 64])), net.constant(np.array([1, 8, 8, 8]))
        for i in range(n - 1):  # the last node stays
            if kind == "reshape":
                x = net.node("Reshape", x, a if i % 2 == 0 else b)
            elif kind == "transpose":
                x = net.node("Transpose", x, perm=[0, 2, 3, 1])
            elif kind == "times_one":
                x = net.node("Mul", x, one) if i % 2 == 0 else net.node("Add", x, zero)
            elif kind == "cast":
                x = net.node("Cast", x, to=TensorProto.FLOAT)
            else:
                x = net.node(kind, x)
        return net, [net.node("Tanh", x)]

    return build


def constants(n):
    net = Network([1, 8, 8, 8])
    c = net.constant(np.ones((8, 1, 1), np.float32))
    for _ in range(n - 1):
        c = net.node("Add", c, net.constant(np.float32(0.001)))
    return net, [net.node("Add", "x0", c)]


# name: network of N layers, the Ns of the table
NETWORKS = {
    "chain": (conv_chain, [250, 500, 1000, 2000]),
    "chain1d": (lambda n: conv_chain(n, 1), [500, 1000]),
    "residual": (residual, [250, 500, 1000, 2000]),
    "dense": (lambda n: dense(n, True), [75, 150, 300]),
    "dense_input": (lambda n: dense(n, False), [75, 150, 300]),
    "flat_dense": (lambda n: flat_dense(n, True), [75, 150, 300]),
    "flat_dense_input": (flat_dense, [75, 150, 300]),
    "elementwise": (elementwise, [1000, 2000, 4000]),
    "tree": (tree, [1000, 2000, 4000]),
    "dag": (dag, [1000, 2000, 4000]),
    "fan_out": (fan_out, [500, 1000, 2000]),
    "split": (split_concat, [500, 1000, 2000]),
    "ports": (ports, [500, 1000, 2000]),
    "shuffles": (shuffles, [250, 500, 1000]),
    "slices": (slices, [250, 500, 1000]),
    "relu": (removable("Relu"), [25000, 50000, 100000]),
    "identity": (removable("Identity"), [25000, 50000, 100000]),
    "dropout": (removable("Dropout"), [50000, 100000]),
    "reshape": (removable("reshape"), [25000, 50000, 100000]),
    "transpose": (removable("transpose"), [25000, 50000, 100000]),
    "times_one": (removable("times_one"), [25000, 50000, 100000]),
    "cast": (removable("cast"), [50000, 100000]),
    "constants": (constants, [25000, 50000, 100000]),
}


def measure(intaglio, model, folder):
    """User seconds, peak MB, MB and lines of generated C++; None when it took too long."""
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (400, 400))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.execv(intaglio, [intaglio, "compile", model, "-o", folder, "--name", "net"])
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        return None
    text = b"".join(open(os.path.join(folder, name), "rb").read() for name in ("net.cpp", "net.h"))
    return usage.ru_utime, usage.ru_maxrss / 1024, len(text) / 1e6, text.count(b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--intaglio")
    parser.add_argument("--write")
    parser.add_argument("--only", default=",".join(NETWORKS))
    parser.add_argument("--limit", type=int, default=10**9, help="largest N")
    parser.add_argument("--least", type=int, default=0, help="smallest N")
    options = parser.parse_args()
    print("| network | layers | nodes | seconds | peak MB | MB of C++ | lines |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.only.split(","):
            build, sizes = NETWORKS[name]
            for n in sizes:
                if not options.least <= n <= options.limit:
                    continue
                path = os.path.join(options.write or temporary, f"{name}_{n}.onnx")
                net, results = build(n)
                net.save(path, results)
                if not options.intaglio:
                    continue
                figures = measure(os.path.abspath(options.intaglio), path, os.path.join(temporary, f"{name}_{n}"))
                text = "failed | | |" if figures is None else "{:.2f} | {:.0f} | {:.2f} | {} |".format(*figures)
                print(f"| {name} | {n} | {len(net.nodes)} | {text}", flush=True)


if __name__ == "__main__":
    main()
