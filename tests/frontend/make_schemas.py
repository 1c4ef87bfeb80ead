#!/usr/bin/env python3
"""Writes operator_schemas.txt: every version of every operator of ONNX's default domain, as the newest `onnx` package defines it.

    pip install onnx && tests/frontend/make_schemas.py > tests/frontend/operator_schemas.txt

A line an operator version: name, since-version, "deprecated" where the operator was removed then, fewest-most inputs,
fewest-most outputs ("*": any number), attributes, and per type constraint the element types. schemas_test.cc holds the
importers' table against it; CONTRIBUTING.md says where it helps.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import sys

import onnx
from onnx import defs

ANY = 2147483647


def count(fewest, most):
    return f"{fewest}-{'*' if most == ANY else most}"


def types(constraint):
    names = sorted(t.removeprefix("tensor(").removesuffix(")") for t in constraint.allowed_type_strs)
    return f"{constraint.type_param_str}={'|'.join(names)}"


def main():
    schemas = [s for s in defs.get_all_schemas_with_history() if s.domain == ""]
    print(f"# Made by make_schemas.py from onnx {onnx.__version__}; newest opset {defs.onnx_opset_version()}.")
    print("# operator since [deprecated] inputs outputs attributes types")
    for schema in sorted(schemas, key=lambda s: (s.name, s.since_version)):
        words = [schema.name, str(schema.since_version)]
        if schema.deprecated:
            words.append("deprecated")
        words.append("inputs " + count(schema.min_input, schema.max_input))
        words.append("outputs " + count(schema.min_output, schema.max_output))
        words.append("attributes " + (",".join(sorted(schema.attributes)) or "none"))
        words += [types(c) for c in sorted(schema.type_constraints, key=lambda c: c.type_param_str)]
        print(" ".join(words))


if __name__ == "__main__":
    sys.exit(main())
