# A model's test case: its inputs and PyTorch's outputs, and the error of an engine's outputs against these.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import re

import numpy as np


def load_case(path: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Inputs (in0, in1, ..) and expected outputs (out0, out1, ..) of an .npz file as samples/export/export.py writes it."""
    with np.load(path, allow_pickle=False) as arrays:
        def numbered(prefix: str) -> list[np.ndarray]:
            keys = [key for key in arrays.files if re.fullmatch(prefix + r"\d+", key)]
            return [np.ascontiguousarray(arrays[key]) for key in sorted(keys, key=lambda key: int(key[len(prefix):]))]
        inputs, outputs = numbered("in"), numbered("out")
    if not inputs or not outputs:
        raise ValueError(f"{path} has no in0.. and out0..")
    return inputs, outputs


def error_against(expected: list[np.ndarray], paths: list[str]) -> float:
    """The largest |difference| over all outputs (raw files), relative to the range of each expected output."""
    worst = 0.0
    for wanted, path in zip(expected, paths):
        got = np.fromfile(path, dtype=wanted.dtype).astype(np.float64)
        want = wanted.reshape(-1).astype(np.float64)
        if got.size != want.size or not np.isfinite(got).all():
            return float("inf")
        span = float(want.max() - want.min()) or 1.0
        worst = max(worst, float(np.abs(got - want).max()) / span)
    return worst
