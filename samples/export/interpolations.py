#!/usr/bin/env python3
# torch.nn.functional.interpolate by size and by scale, exported by the PyTorch that is installed, with PyTorch's outputs
# beside it: what of the operator's meaning only an exporter knows. Not compared with ONNX Runtime, which picks other
# elements than PyTorch where scales are no float32 (docs/numerics.md).
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write interpolate_<1d|2d>.<ts|dy>.onnx and .npz into a folder.

  interpolations.py DIR
"""
import os
import sys

import numpy as np
import onnx
import torch
from torch import nn

import onnx_file

# Extents that do not divide evenly, that a scale leaves as they are (9 by 1.1) and that one doubles (22 by 2.03).
SHAPES = {"1d": (2, 22), "2d": (2, 9, 22)}
SIZES = {"1d": [3, 7, 41, 44, 64], "2d": [(3, 7), (20, 6), (18, 44), (53, 22), 31]}
SCALES = {"1d": [0.3, 0.6, 1 / 3, 1.01, 1.7, 2.0, 2.03, 2.6],
          "2d": [(0.3, 0.7), (1.1, 2.03), (2.03, 1.1), (2.3, 2.0), (1 / 3, 5 / 3), (1.7, 0.6), 2.0, 0.7]}
MODES = {"1d": [{"mode": "linear"}, {"mode": "linear", "align_corners": True}],
         "2d": [{"mode": "bilinear"}, {"mode": "bilinear", "align_corners": True}, {"mode": "bicubic"}]}


def calls(dimensions, exporter):
    """The keyword arguments of every call: nearest in full, other modes by a few sizes and scales."""
    # The dynamo exporter writes linear interpolation in one dimension as GatherND, an operator that is not understood.
    modes = [] if (dimensions, exporter) == ("1d", "dy") else MODES[dimensions]
    by_size = [{"size": size} for size in SIZES[dimensions]]
    by_scale = [{"scale_factor": scale, "recompute_scale_factor": recompute}
                for scale in SCALES[dimensions] for recompute in (None, True, False)]
    others = by_size[:2] + by_scale[1:-1:5]
    return ([{"mode": "nearest", **target} for target in by_size + by_scale] +
            [{**mode, **target} for mode in modes for target in others])


class Interpolations(nn.Module):
    def __init__(self, calls):
        super().__init__()
        self.calls = calls

    def forward(self, x):
        return tuple(nn.functional.interpolate(x, **arguments) for arguments in self.calls)


def main():
    folder, = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for dimensions, shape in SHAPES.items():
        x = torch.randn(1, *shape, generator=torch.Generator().manual_seed(1))
        for exporter in ("ts", "dy"):
            model = Interpolations(calls(dimensions, exporter)).eval()
            arrays = {"in0": x.numpy(), **{f"out{index}": y.numpy() for index, y in enumerate(model(x))}}
            path = os.path.join(folder, f"interpolate_{dimensions}.{exporter}")
            onnx.save(onnx_file.export(model, x, exporter), path + ".onnx")
            np.savez_compressed(path + ".npz", **arrays)
            print(f"{os.path.basename(path):36} {len(model.calls)} calls", flush=True)


if __name__ == "__main__":
    main()
