"""Writes the node tests of the installed `onnx` package that older test data lacks into tests/conformance/data.

Only operators that `intaglio ops` names, only element types that generated code knows.
Usage: python make_data.py [path of intaglio]
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

here = Path(__file__).parent
older = Path("/usr/share/libonnx-testdata/data/node")
intaglio = sys.argv[1] if len(sys.argv) > 1 else here.parent.parent / "build/tests/compiler/intaglio"
operators = {row["name"] for row in json.loads(subprocess.check_output([intaglio, "ops", "--json"]))}
largest = 64 << 10  # bytes of one test: the three-dimensional ones above it are refused like their small relatives
types = {numpy.dtype(name) for name in ("float32", "int64", "int32", "bool")}


def wanted(test) -> bool:
    if (older / test.name).exists() or len(test.data_sets) == 0:
        return False
    if "_expanded" in test.name and "empty_set" not in test.name:  # function bodies: of interest where tensors are empty
        return False
    if not all(node.op_type in operators and node.domain == "" for node in test.model.graph.node):
        return False
    arrays = [array for inputs, outputs in test.data_sets for array in [*inputs, *outputs]]
    known = all(isinstance(array, numpy.ndarray) and array.dtype in types for array in arrays)
    return known and sum(array.nbytes for array in arrays) <= largest


shutil.rmtree(here / "data", ignore_errors=True)
for test in sorted(load_model_tests(kind="node"), key=lambda test: test.name):
    if not wanted(test):
        continue
    folder = here / "data" / test.name
    for number, (inputs, outputs) in enumerate(test.data_sets):
        cases = folder / f"test_data_set_{number}"
        cases.mkdir(parents=True)
        for kind, arrays, values in (("input", inputs, test.model.graph.input), ("output", outputs, test.model.graph.output)):
            for index, array in enumerate(arrays):
                tensor = numpy_helper.from_array(array, values[index].name)
                (cases / f"{kind}_{index}.pb").write_bytes(tensor.SerializeToString(deterministic=True))
    if "_expanded" in test.name:  # written for the newest opset, with operators that did not change since 26
        test.model.opset_import[0].version = min(test.model.opset_import[0].version, 26)
    test.model.ir_version = min(test.model.ir_version, 13)  # what follows concerns only types that are not used here
    onnx.save(test.model, folder / "model.onnx")
