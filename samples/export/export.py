#!/usr/bin/env python3
# Exports networks of the catalogue to ONNX, each with inputs and PyTorch's own outputs beside it:
#   NAME.onnx + NAME.npz (in0.., out0..), NAME = <network>.<ts|dy>[.unfolded][.dynamic][.b<batch>]
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Export networks to ONNX with inputs and PyTorch's outputs.

  export.py --list                                                  what there is
  export.py --small --all --out DIR                                 every small member, both exporters
  export.py --full resnet18 ghostnet_100 --exporter ts --out DIR    full size, TorchScript
  export.py --small resnet50 --unfolded --batch 3 --out DIR
  export.py --tests                                                 refresh tests/models
"""
import argparse
import copy
import os
import re
import zlib
from dataclasses import dataclass
from typing import Optional

import numpy as np
import onnx
import torch

import onnx_file
from check import compare
from networks import NETWORKS
from parameters import randomize
from test_models import TEST_MODELS
from training import running_statistics

TESTS_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "models")


@dataclass(frozen=True)
class Variant:
    """One file to make of one network."""
    network: str
    exporter: str  # "ts" or "dy"
    unfolded: bool = False
    dynamic: bool = False
    batch: int = 1

    @property
    def name(self):
        return (f"{self.network}.{self.exporter}" + (".unfolded" if self.unfolded else "") +
                (".dynamic" if self.dynamic else "") + (f".b{self.batch}" if self.batch != 1 else ""))

    @staticmethod
    def parse(name):
        match = re.fullmatch(r"(\w+)\.(ts|dy)(\.unfolded)?(\.dynamic)?(?:\.b(\d+))?", name)
        if not match:
            raise SystemExit(f"{name}: expected <network>.<ts|dy>[.unfolded][.dynamic][.b<batch>]")
        network, exporter, unfolded, dynamic, batch = match.groups()
        return Variant(network, exporter, unfolded is not None, dynamic is not None, int(batch or 1))


def build(name, size):
    """The named network with its seeded random parameters, and the shape of its input without the batch."""
    network = NETWORKS[name]
    member = getattr(network, size)
    seed = zlib.crc32(name.encode())
    torch.manual_seed(seed)
    model = member.build()
    randomize(model, member.shape, seed)
    return model.train(network.training), member.shape


@torch.no_grad()
def export_variant(variant, size, folder, opset: Optional[int] = None):
    """Writes NAME.onnx and NAME.npz into `folder` and reports how far ONNX Runtime is from PyTorch."""
    model, shape = build(variant.network, size)
    example = torch.randn(variant.batch, *shape, generator=torch.Generator().manual_seed(variant.batch))
    exported = onnx_file.export(model, example, variant.exporter, variant.unfolded, variant.dynamic, opset)
    # In training mode the export has moved the running statistics, and the file holds them as they are now.
    before = copy.deepcopy(model)
    outputs = [model(example)]
    if model.training:
        outputs += running_statistics(exported, before, model, example)
    arrays = {"in0": example.numpy(), **{f"out{index}": output.numpy() for index, output in enumerate(outputs)}}
    path = os.path.join(folder, variant.name)
    onnx.save(exported, path + ".onnx")
    np.savez_compressed(path + ".npz", **arrays)
    size_kib = os.path.getsize(path + ".onnx") / 1024
    print(f"{variant.name:36} {size_kib:9.1f} KiB  {compare(exported, arrays)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NAME")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", dest="size", action="store_const", const="full", help="published sizes")
    size.add_argument("--small", dest="size", action="store_const", const="small", help="small family members")
    parser.add_argument("--all", action="store_true", help="every network that has this size")
    parser.add_argument("--tests", action="store_true", help="refresh the models in tests/models")
    parser.add_argument("--list", action="store_true", help="list the networks and their sizes")
    parser.add_argument("--exporter", choices=("ts", "dy"), help="TorchScript or dynamo only (default: both)")
    parser.add_argument("--unfolded", action="store_true", help="leave BatchNorm and constants unfolded")
    parser.add_argument("--dynamic", action="store_true", help="a symbolic batch dimension")
    parser.add_argument("--batch", type=int, metavar="N", help="default: 1; 4 for networks in training mode")
    parser.add_argument("--opset", type=int, metavar="N", help="default: 17 for TorchScript, dynamo's own")
    parser.add_argument("--out", metavar="DIR")
    options = parser.parse_args()
    torch.set_num_threads(1)

    if options.list:
        for name, network in NETWORKS.items():
            sizes = [f"{size} {'x'.join(map(str, getattr(network, size).shape))}"
                     for size in ("full", "small") if getattr(network, size)]
            print(f"{name:24} {', '.join(sizes)}")
        return
    if options.tests:
        options.size, options.out = "small", options.out or TESTS_FOLDER
        variants = [Variant.parse(name) for name in TEST_MODELS]
    else:
        if not options.size or not options.out or bool(options.networks) == options.all:
            parser.error("give --full or --small, --out DIR, and names or --all")
        names = options.networks or [name for name in NETWORKS if getattr(NETWORKS[name], options.size)]
        for name in names:
            if name not in NETWORKS or not getattr(NETWORKS[name], options.size):
                parser.error(f"{name}: no such network at this size (--list shows them)")
        exporters = [options.exporter] if options.exporter else ["ts", "dy"]
        variants = [Variant(name, exporter, options.unfolded, options.dynamic,
                            options.batch or (4 if NETWORKS[name].training else 1))
                    for name in names for exporter in exporters
                    if exporter == "ts" or not NETWORKS[name].training]  # dynamo drops training mode silently
    os.makedirs(options.out, exist_ok=True)
    for variant in variants:
        export_variant(variant, options.size, options.out, options.opset)


if __name__ == "__main__":
    main()
