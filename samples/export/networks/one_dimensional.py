# Networks on signals (N, C, L): a bottleneck ResNet and a multi-scale CNN.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn

from .layers import closing


class Bottleneck1d(nn.Module):
    """Conv1d 1/3/1 with biases, BatchNorm and ReLU after each; the sum is NOT followed by a ReLU."""

    def __init__(self, inputs, middle, outputs, downsample):
        super().__init__()
        stride = 2 if downsample else 1
        self.layer = nn.Sequential(
            nn.Conv1d(inputs, middle, 1, stride),
            nn.BatchNorm1d(middle),
            nn.ReLU(),
            nn.Conv1d(middle, middle, 3, padding=1),
            nn.BatchNorm1d(middle),
            nn.ReLU(),
            nn.Conv1d(middle, outputs, 1),
            closing(nn.BatchNorm1d(outputs)),
            nn.ReLU(),
        )
        self.projection = nn.Conv1d(inputs, outputs, 1, stride) if inputs != outputs else None

    def forward(self, x):
        residual = x if self.projection is None else self.projection(x)
        return self.layer(x) + residual


class ResNet1d(nn.Module):
    """Stem (7, stride 2, max pool), bottleneck stages, global average pool, Linear - BatchNorm1d - ReLU - Linear."""

    def __init__(self, depths, width=64, inputs=1, classes=5):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(inputs, width, 7, 2, 3), nn.BatchNorm1d(width), nn.ReLU(), nn.MaxPool1d(3, 2, 1))
        blocks, channels = [], width
        for stage, depth in enumerate(depths):
            middle = width << stage
            for index in range(depth):
                blocks.append(Bottleneck1d(channels, middle, 4 * middle, downsample=stage > 0 and index == 0))
                channels = 4 * middle
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.head = nn.Sequential(
            nn.Linear(channels, 2 * width), nn.BatchNorm1d(2 * width), nn.ReLU(), nn.Linear(2 * width, classes))

    def forward(self, x):
        x = self.pool(self.blocks(self.stem(x)))
        return self.head(torch.flatten(x, 1))


class MultiScale1d(nn.Module):
    """Three branches of kernels 3, 5 and 7 over one strided stem; at length 1024 one position is left to classify."""

    def __init__(self, width=64, classes=4):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(1, width, 32, 8, 12, bias=False), nn.MaxPool1d(2, 2), nn.BatchNorm1d(width))
        self.branches = nn.ModuleList(self.branch(width, kernel) for kernel in (3, 5, 7))
        self.pool = nn.MaxPool1d(8, 1)
        self.fc = nn.Linear(3 * 4 * width, classes)

    @staticmethod
    def branch(width, kernel):
        layers, channels = [], width
        for outputs in (width, 2 * width, 4 * width):
            layers += [
                nn.Conv1d(channels, outputs, kernel, padding=kernel // 2),
                nn.BatchNorm1d(outputs),
                nn.ReLU(),
                nn.MaxPool1d(2, 2),
            ]
            channels = outputs
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.stem(x)
        x = torch.cat([self.pool(branch(x)) for branch in self.branches], 1)
        return torch.softmax(self.fc(torch.flatten(x, 1)), 1)
