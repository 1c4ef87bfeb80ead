# BatchNorm alone: on (N, C), (N, C, L) and (N, C, H, W); without affine parameters, without running statistics, with a
# large epsilon, after a max pool (where a negative scale forbids a swap), and in training mode.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from torch import nn

LAYERS = {1: nn.BatchNorm1d, 2: nn.BatchNorm1d, 3: nn.BatchNorm2d}


class BatchNormAlone(nn.Module):
    """One norm layer for inputs of `rank` dimensions without the batch (1: (N, C), 2: (N, C, L), 3: (N, C, H, W))."""

    def __init__(self, channels, rank, **options):
        super().__init__()
        self.norm = LAYERS[rank](channels, **options)

    def forward(self, x):
        return self.norm(x)


class PoolThenNorm(nn.Module):
    """BatchNorm behind a max pool; half of its scales are negative."""

    def __init__(self, channels):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.norm(self.pool(x))

    def after_randomize(self):
        self.norm.weight.data[::2] *= -1
