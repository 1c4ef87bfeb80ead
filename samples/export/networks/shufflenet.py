# ShuffleNetV2 (Ma et al. 2018): channel split, depthwise branch, concatenation, channel shuffle.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn

from .layers import Classifier, ConvNorm


def channel_shuffle(x, groups=2):
    batch, channels, height, width = x.shape
    x = x.view(batch, groups, channels // groups, height, width).transpose(1, 2).contiguous()
    return x.view(batch, channels, height, width)


class ShuffleUnit(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        half = outputs // 2
        self.branch1 = None
        if stride > 1:
            self.branch1 = nn.Sequential(
                *ConvNorm(inputs, inputs, 3, stride, inputs, activation=None), *ConvNorm(inputs, half))
        self.branch2 = nn.Sequential(
            *ConvNorm(inputs if stride > 1 else half, half), *ConvNorm(half, half, 3, stride, half, activation=None),
            *ConvNorm(half, half))

    def forward(self, x):
        if self.branch1 is None:
            kept, changed = x.chunk(2, 1)
            return channel_shuffle(torch.cat([kept, self.branch2(changed)], 1))
        return channel_shuffle(torch.cat([self.branch1(x), self.branch2(x)], 1))


class ShuffleNetV2(nn.Module):
    def __init__(self, repetitions=(4, 8, 4), channels=(24, 116, 232, 464), head=1024, classes=1000):
        super().__init__()
        self.conv1 = ConvNorm(3, channels[0], 3, 2)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        stages = []
        for inputs, outputs, count in zip(channels, channels[1:], repetitions):
            units = [ShuffleUnit(inputs, outputs, 2)] + [ShuffleUnit(outputs, outputs, 1) for _ in range(count - 1)]
            stages.append(nn.Sequential(*units))
        self.stages = nn.Sequential(*stages)
        self.conv5 = ConvNorm(channels[-1], head)
        self.classifier = Classifier(head, classes)

    def forward(self, x):
        return self.classifier(self.conv5(self.stages(self.maxpool(self.conv1(x)))))
