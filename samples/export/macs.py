#!/usr/bin/env python3
# Counts multiply-accumulates and parameters of full-size networks, to hold the definitions against the literature.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Print multiply-accumulates (convolutions and linear layers, one image) and parameters: macs.py NAME..."""
import sys

import torch
from torch import nn

from networks import NETWORKS

COUNTED = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


def count_macs(model, shape):
    """Multiply-accumulates of one input of `shape`, seen by hooks on convolutions and linear layers."""
    macs = 0

    def count(module, inputs, output):
        nonlocal macs
        # Each output of a convolution costs one tap per weight of its filter; a transposed one spends them per input.
        counted = inputs[0] if isinstance(module, nn.ConvTranspose2d) else output
        macs += counted.numel() * (module.weight.numel() // module.weight.shape[0])

    hooks = [module.register_forward_hook(count) for module in model.modules() if isinstance(module, COUNTED)]
    with torch.no_grad():
        model.eval()(torch.zeros(1, *shape))
    for hook in hooks:
        hook.remove()
    return macs


def main():
    torch.set_num_threads(1)
    for name in sys.argv[1:] or [name for name, network in NETWORKS.items() if network.full]:
        member = NETWORKS[name].full
        model = member.build()
        macs = count_macs(model, member.shape)
        parameters = sum(parameter.numel() for parameter in model.parameters())
        print(f"{name:20} {macs / 1e6:9.1f} MMAC {parameters / 1e6:7.2f} M parameters", flush=True)


if __name__ == "__main__":
    main()
