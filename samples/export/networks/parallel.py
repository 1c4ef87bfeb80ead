# Networks whose blocks run side by side, simpler than their published forms in stem and head: HRNet (resolutions
# exchanged by stride and resize), VoVNet (one-shot aggregation with effective squeeze-excite), CSP stages on LeakyReLU.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from functools import partial

import torch
from torch import nn

from .layers import Classifier, ConvNorm
from .resnet import BasicBlock

LEAKY = partial(nn.LeakyReLU, 0.1)


def basic_block(channels):
    return BasicBlock(channels, channels, channels, 1, 1, 1, nn.BatchNorm2d, 0)


class Exchange(nn.Module):
    """HRNet's fusion: each resolution receives the sum of all, strided down or resized up to it."""

    def __init__(self, widths):
        super().__init__()
        self.paths = nn.ModuleList(
            nn.ModuleList(self.path(widths, source, target) for source in range(len(widths)))
            for target in range(len(widths)))

    @staticmethod
    def path(widths, source, target):
        if source == target:
            return nn.Identity()
        if source > target:
            return nn.Sequential(
                *ConvNorm(widths[source], widths[target], activation=None),
                nn.Upsample(scale_factor=2**(source - target), mode="nearest"))
        steps = []
        for level in range(source, target):
            last = level + 1 == target
            outputs = widths[target] if last else widths[source]
            steps.append(ConvNorm(widths[source], outputs, 3, 2, activation=None if last else nn.ReLU))
        return nn.Sequential(*steps)

    def forward(self, maps):
        return [torch.relu(sum(path(x) for path, x in zip(paths, maps))) for paths in self.paths]


class HRNet(nn.Module):
    """Branches of full, half, quarter.. resolution, one more per stage; classified from the concatenated means."""

    def __init__(self, width=18, branches=4, modules=(1, 4, 3), blocks=4, stem=64, classes=1000):
        super().__init__()
        widths = [width << level for level in range(branches)]
        self.stem = nn.Sequential(ConvNorm(3, stem, 3, 2), ConvNorm(stem, width, 3, 2))
        self.transitions, self.stages = nn.ModuleList(), nn.ModuleList()
        for count in range(2, branches + 1):
            self.transitions.append(ConvNorm(widths[count - 2], widths[count - 1], 3, 2))
            stage = nn.ModuleList()
            for _ in range(modules[count - 2]):
                branch = nn.ModuleList(
                    nn.Sequential(*(basic_block(channels) for _ in range(blocks))) for channels in widths[:count])
                stage.append(nn.ModuleList([branch, Exchange(widths[:count])]))
            self.stages.append(stage)
        self.fc = nn.Linear(sum(widths), classes)

    def forward(self, x):
        maps = [self.stem(x)]
        for transition, stage in zip(self.transitions, self.stages):
            maps.append(transition(maps[-1]))
            for branches, exchange in stage:
                maps = exchange([branch(x) for branch, x in zip(branches, maps)])
        return self.fc(torch.cat([x.mean((2, 3)) for x in maps], 1))


class OneShotAggregation(nn.Module):
    """VoVNet's block: a chain of 3x3 convolutions whose results are concatenated once, then gated and projected."""

    def __init__(self, inputs, middle, outputs, depth):
        super().__init__()
        self.layers = nn.ModuleList(ConvNorm(inputs if index == 0 else middle, middle, 3) for index in range(depth))
        self.project = ConvNorm(inputs + depth * middle, outputs)
        self.gate = nn.Conv2d(outputs, outputs, 1)
        self.use_shortcut = inputs == outputs

    def forward(self, x):
        maps = [x]
        for layer in self.layers:
            maps.append(layer(maps[-1]))
        y = self.project(torch.cat(maps, 1))
        y = y * nn.functional.hardsigmoid(self.gate(y.mean((2, 3), keepdim=True)))
        return x + y if self.use_shortcut else y


class VoVNet(nn.Module):
    """The stages of VoVNet-39, with effective squeeze-excite, by default."""

    def __init__(self, middles=(128, 160, 192, 224), widths=(256, 512, 768, 1024), blocks=(1, 1, 2, 2), depth=5,
                 stem=64, classes=1000):
        super().__init__()
        layers = [ConvNorm(3, stem, 3, 2), ConvNorm(stem, stem, 3), ConvNorm(stem, 2 * stem, 3, 2)]
        channels = 2 * stem
        for stage, (middle, width, count) in enumerate(zip(middles, widths, blocks)):
            if stage > 0:
                layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
            for _ in range(count):
                layers.append(OneShotAggregation(channels, middle, width, depth))
                channels = width
        self.features = nn.Sequential(*layers)
        self.head = Classifier(channels, classes)

    def forward(self, x):
        return self.head(self.features(x))


class DarkBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = ConvNorm(channels, channels // 2, activation=LEAKY)
        self.conv2 = ConvNorm(channels // 2, channels, 3, activation=LEAKY)

    def forward(self, x):
        return x + self.conv2(self.conv1(x))


class CrossStage(nn.Module):
    """A stride-2 convolution, then half the channels through residual blocks and half around them."""

    def __init__(self, inputs, outputs, depth):
        super().__init__()
        self.conv_down = ConvNorm(inputs, outputs, 3, 2, activation=LEAKY)
        self.conv_expand = ConvNorm(outputs, outputs, activation=LEAKY)
        self.blocks = nn.Sequential(*(DarkBlock(outputs // 2) for _ in range(depth)))
        self.conv_transition = ConvNorm(outputs // 2, outputs // 2, activation=LEAKY)
        self.conv_merge = ConvNorm(outputs, outputs, activation=LEAKY)

    def forward(self, x):
        around, through = self.conv_expand(self.conv_down(x)).chunk(2, 1)
        through = self.conv_transition(self.blocks(through))
        return self.conv_merge(torch.cat([around, through], 1))


class CspNet(nn.Module):
    """CSPDarkNet-53's stages by default."""

    def __init__(self, depths=(1, 2, 8, 8, 4), widths=(64, 128, 256, 512, 1024), stem=32, classes=1000):
        super().__init__()
        layers, channels = [ConvNorm(3, stem, 3, activation=LEAKY)], stem
        for depth, width in zip(depths, widths):
            layers.append(CrossStage(channels, width, depth))
            channels = width
        self.features = nn.Sequential(*layers)
        self.head = Classifier(channels, classes)

    def forward(self, x):
        return self.head(self.features(x))
