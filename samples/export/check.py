# Compares what ONNX Runtime computes from an exported file with what PyTorch computed.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import numpy as np
import onnxruntime


def compare(model, arrays):
    """"max error E of range R": the largest absolute difference over all outputs, and the outputs' range."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    inputs = {value.name: arrays[f"in{index}"] for index, value in enumerate(session.get_inputs())}
    outputs = session.run(None, inputs)
    wanted = [arrays[f"out{index}"] for index in range(len(outputs))]
    for got, want in zip(outputs, wanted):
        assert got.shape == want.shape, (got.shape, want.shape)
    error = max(float(np.abs(got - want).max()) for got, want in zip(outputs, wanted))
    span = max(float(want.max() - want.min()) for want in wanted)
    if not error <= 1e-4 * span:
        raise SystemExit(f"ONNX Runtime and PyTorch differ: max error {error:.2e} of range {span:.2e}")
    return f"max error {error:.1e} of range {span:.1e}"
