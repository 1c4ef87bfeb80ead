#!/usr/bin/env python3
# For continuous integration with a live PyTorch: exports the small members with the exporters that are installed now
# (not those that made tests/models) and, given a command, runs it on every file.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Export every small member with both exporters, folded and unfolded, and run COMMAND on each.

  live_check.py                               export only; ONNX Runtime is compared with PyTorch
  live_check.py intaglio verify {} --data {npz}
                                              {} becomes NAME.onnx, {npz} becomes NAME.npz
"""
import argparse
import os
import subprocess
import sys
import tempfile

import torch

from export import Variant, export_variant
from networks import NETWORKS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    options = parser.parse_args()
    torch.set_num_threads(1)
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for name, network in NETWORKS.items():
            if not network.small:
                continue
            for exporter in ("ts",) if network.training else ("ts", "dy"):
                for unfolded in (False,) if network.training else (False, True):
                    variant = Variant(name, exporter, unfolded, batch=4 if network.training else 1)
                    export_variant(variant, "small", folder)
                    path = os.path.join(folder, variant.name)
                    command = [word.replace("{npz}", path + ".npz").replace("{}", path + ".onnx")
                               for word in options.command]
                    if command and subprocess.run(command, check=False).returncode != 0:
                        failed.append(variant.name)
    if failed:
        sys.exit("failed: " + " ".join(failed))


if __name__ == "__main__":
    main()
