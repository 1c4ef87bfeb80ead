#!/usr/bin/env python3
"""Writes resized_axes.txt: the elements that PyTorch and ONNX Runtime pick when they resize an axis in nearest mode.

Needs torch, onnx, onnxruntime and numpy; the tests need only the file. Usage: make_resized_axes.py > resized_axes.txt
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper

TRANSFORMS = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric")
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


def line(source, transform, rounding, extent, scale, indices):
    scale = f"{np.float32(scale)}" if scale else "sizes"
    print(source, transform, rounding, extent, len(indices), scale, "=", *indices)


def pytorch(extent, **arguments):
    x = torch.arange(extent, dtype=torch.float32).reshape(1, 1, extent)
    return torch.nn.functional.interpolate(x, mode="nearest", **arguments).flatten().int().tolist()


def onnx_runtime(transform, rounding, extent, size=None, scale=None):
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [extent])]
    value = (helper.make_tensor("s", TensorProto.INT64, [1], [size]) if size else
             helper.make_tensor("s", TensorProto.FLOAT, [1], [scale]))
    node = helper.make_node("Resize", ["x", "", "", "s"] if size else ["x", "", "s"], ["y"], mode="nearest",
                            coordinate_transformation_mode=transform, nearest_mode=rounding)
    graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], [value])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.arange(extent, dtype=np.float32)})[0].astype(int).tolist()


def definition(transform, rounding, extent, size, scale):
    """The definition's formulas in float64, as the ONNX reference evaluator has them."""
    o, scale = np.arange(size), np.float64(np.float32(scale)) if scale else size / extent
    shift = extent / 2 * (1 - size / (scale * extent)) if transform == "half_pixel_symmetric" else 0
    x = {"asymmetric": o / scale,
         "align_corners": o * (extent - 1) / max(scale * extent - 1, 1e-9)}.get(transform, shift + (o + 0.5) / scale - 0.5)
    below, fraction = np.floor(x), x - np.floor(x)
    picked = {"floor": below, "ceil": np.ceil(x), "round_prefer_floor": below + (fraction > 0.5),
              "round_prefer_ceil": below + (fraction >= 0.5)}[rounding]
    return np.clip(picked, 0, extent - 1).astype(int).tolist()


def agreed(transform, rounding, extent, size=None, scale=None):
    """What ONNX Runtime and the definition both say; -1 where they differ (one of them rounded on the way)."""
    runtime = onnx_runtime(transform, rounding, extent, size, scale)
    defined = definition(transform, rounding, extent, len(runtime), scale)
    line("both", transform, rounding, extent, scale, [a if a == b else -1 for a, b in zip(runtime, defined)])


torch.set_num_threads(1)
onnxruntime.set_default_logger_severity(4)
random = np.random.RandomState(19)
print("# Made by make_resized_axes.py; not edited by hand.")
# By size, where float32 scales or exact quotients pick others than PyTorch: 9 -> 3, 7 -> 53, 22 -> 41, ...
for extent, size in [(9, 3), (30, 9), (10, 64), (26, 64), (7, 53), (22, 41), (61, 73), (94, 56), (49, 41), (41, 49), (1, 5), (5, 1)]:
    line("pytorch", "asymmetric", "floor", extent, None, pytorch(extent, size=size))
for _ in range(60):
    extent, size = random.randint(1, 65, 2).tolist()
    line("pytorch", "asymmetric", "floor", extent, None, pytorch(extent, size=size))
for scale in [0.1, 0.3, 0.6, 0.7, 0.9, 1.1, 1.2, 1.3, 1.4, 1.7, 2.1, 2.3, 2.6, 3.7, 0.35, 1.15, 2.85, 1 / 3, 2 / 3, 5 / 3, 1 / 7, 10 / 7,
              22 / 7, 2**0.5]:
    for extent in (10, 31, 64):
        indices = pytorch(extent, scale_factor=scale)
        line("pytorch", "asymmetric", "floor", extent, scale, indices)
for transform in TRANSFORMS:
    for rounding in ROUNDINGS:
        for extent, size in [(20, 6), (9, 3), (6, 20), (26, 64), (13, 7)]:
            agreed(transform, rounding, extent, size=size)
        for extent, scale in [(30, 0.3), (9, 0.6), (16, 1.3), (7, 2.1), (10, 1 / 7)]:
            if (transform, rounding) != ("asymmetric", "floor") and transform != "align_corners":
                agreed(transform, rounding, extent, scale=scale)
