#!/usr/bin/env python3
# Exports the networks of the benchmark's list, most of them from timm and torchvision:
#   NAME.onnx + NAME.npz (in0, out0), as export.py writes them
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Export the networks of tests/benchmarks/zoo.txt, with seeded random parameters, inputs and PyTorch's outputs.

  zoo.py --out DIR                      every network of the list that DIR does not have yet
  zoo.py --out DIR efficientnet_b0 ...  these

Needs torch, torchvision, timm, onnx and onnxruntime; a network that cannot be made is reported, and the others follow.
"""
import argparse
import os
import sys
import zlib

import numpy as np
import onnx
import torch
from torch import nn

import onnx_file
from check import compare
from export import build
from parameters import randomize

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "benchmarks", "zoo.txt")


class FirstOutput(nn.Module):
    """Torchvision's segmentation networks return a dictionary, of which inference uses the first map."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        result = self.network(x)
        return next(iter(result.values())) if isinstance(result, dict) else result


def from_torchvision(name):
    import torchvision
    options = {"weights": None}
    if name in torchvision.models.list_models(module=torchvision.models.segmentation):
        options["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    return FirstOutput(torchvision.models.get_model(name, **options)), (3, 224, 224)


def from_timm(name):
    import timm
    model = timm.create_model(name, exportable=True)
    return model, tuple(model.pretrained_cfg["input_size"])


SOURCES = {"timm": from_timm, "torchvision": from_torchvision}


def networks():
    """(source, name) of every line of the list."""
    with open(LIST, encoding="utf-8") as lines:
        return [tuple(line.split()) for line in lines if line.strip() and not line.startswith("#")]


@torch.no_grad()
def export(source, name, folder):
    """Writes NAME.onnx and NAME.npz; the message says how far ONNX Runtime is from PyTorch."""
    seed = zlib.crc32(name.encode())
    torch.manual_seed(seed)
    if source == "catalog":
        model, shape = build(name, "full")
    else:
        model, shape = SOURCES[source](name)
        randomize(model, shape, seed)
    model.eval()
    example = torch.randn(1, *shape, generator=torch.Generator().manual_seed(1))
    exported = onnx_file.export(model, example, "ts")
    arrays = {"in0": example.numpy(), "out0": model(example).numpy()}
    message = compare(exported, arrays)
    onnx.save(exported, os.path.join(folder, name + ".onnx"))
    np.savez_compressed(os.path.join(folder, name + ".npz"), **arrays)
    return message


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--out", metavar="DIR", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    os.makedirs(options.out, exist_ok=True)
    known = {name: source for source, name in networks()}
    for name in options.names:
        if name not in known:
            parser.error(f"{name} is not in {os.path.relpath(LIST)}")
    wanted = options.names or [name for name in known if not os.path.exists(os.path.join(options.out, name + ".npz"))]
    failed = 0
    for name in wanted:
        try:
            print(f"{name:32} {export(known[name], name, options.out)}", flush=True)
        except (Exception, SystemExit) as error:  # whatever a network or an exporter raises
            failed += 1
            print(f"{name:32} FAILED: {str(error).splitlines()[0] if str(error) else type(error).__name__}", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
