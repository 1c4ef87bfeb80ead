# RegNet (Radosavovic et al. 2020): X and, with squeeze-excite, Y; and RepVGG (Ding et al. 2021) as it is trained.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn

from .layers import Classifier, ConvNorm, SqueezeExcite


class RegNetBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, group_width, squeeze):
        super().__init__()
        self.conv1 = ConvNorm(inputs, outputs)
        self.conv2 = ConvNorm(outputs, outputs, 3, stride, outputs // group_width)
        self.se = SqueezeExcite(outputs, inputs // 4) if squeeze else nn.Identity()
        self.conv3 = ConvNorm(outputs, outputs, activation=None)
        changes = stride > 1 or inputs != outputs
        self.downsample = ConvNorm(inputs, outputs, 1, stride, activation=None) if changes else nn.Identity()

    def forward(self, x):
        return torch.relu(self.conv3(self.se(self.conv2(self.conv1(x)))) + self.downsample(x))


class RegNet(nn.Module):
    """RegNetX-400MF by default."""

    def __init__(self, depths=(1, 2, 7, 12), widths=(32, 64, 160, 384), group_width=16, squeeze=False, stem=32,
                 classes=1000):
        super().__init__()
        layers, channels = [ConvNorm(3, stem, 3, 2)], stem
        for depth, width in zip(depths, widths):
            for index in range(depth):
                layers.append(RegNetBlock(channels, width, 2 if index == 0 else 1, group_width, squeeze))
                channels = width
        self.features = nn.Sequential(*layers)
        self.head = Classifier(channels, classes)

    def forward(self, x):
        return self.head(self.features(x))


class RepVGGBlock(nn.Module):
    """relu(conv3x3 + conv1x1 + identity), a BatchNorm in each branch, also alone in the identity."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv_kxk = ConvNorm(inputs, outputs, 3, stride, activation=None)
        self.conv_1x1 = ConvNorm(inputs, outputs, 1, stride, activation=None)
        self.identity = nn.BatchNorm2d(inputs) if stride == 1 and inputs == outputs else None

    def forward(self, x):
        y = self.conv_kxk(x) + self.conv_1x1(x)
        return torch.relu(y if self.identity is None else y + self.identity(x))


class RepVGG(nn.Module):
    """RepVGG-A0 by default, in its training form."""

    def __init__(self, depths=(2, 4, 14, 1), widths=(48, 96, 192, 1280), stem=48, classes=1000):
        super().__init__()
        layers, channels = [RepVGGBlock(3, stem, 2)], stem
        for depth, width in zip(depths, widths):
            for index in range(depth):
                layers.append(RepVGGBlock(channels, width, 2 if index == 0 else 1))
                channels = width
        self.features = nn.Sequential(*layers)
        self.head = Classifier(channels, classes)

    def forward(self, x):
        return self.head(self.features(x))
