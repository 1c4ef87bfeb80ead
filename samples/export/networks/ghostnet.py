# GhostNet (Han et al. 2020, arXiv:1911.11907) and GhostNetV2 (Tang et al. 2022, arXiv:2211.12905).
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn
from torch.nn import functional

from .layers import ConvNorm, SqueezeExcite, round_channels

# Stages of blocks: kernel, expanded channels, outputs, squeeze ratio (0: none), stride.
STAGES = (
    ((3, 16, 16, 0, 1),),
    ((3, 48, 24, 0, 2),),
    ((3, 72, 24, 0, 1),),
    ((5, 72, 40, 0.25, 2),),
    ((5, 120, 40, 0.25, 1),),
    ((3, 240, 80, 0, 2),),
    ((3, 200, 80, 0, 1), (3, 184, 80, 0, 1), (3, 184, 80, 0, 1), (3, 480, 112, 0.25, 1), (3, 672, 112, 0.25, 1)),
    ((5, 672, 160, 0.25, 2),),
    ((5, 960, 160, 0, 1), (5, 960, 160, 0.25, 1), (5, 960, 160, 0, 1), (5, 960, 160, 0.25, 1)),
)

# A small member whose ghost halves are 6, 10, 18, 7, 13: no multiple of eight, and odd outputs that need a real slice.
SMALL_STAGES = (
    ((3, 12, 12, 0, 1),),
    ((3, 36, 20, 0, 2),),
    ((5, 36, 20, 0.25, 1),),
    ((5, 40, 13, 0.25, 2),),
    ((3, 25, 13, 0, 1),),
)


def conv_norm(inputs, outputs, kernel, groups, relu):
    return ConvNorm(inputs, outputs, kernel, groups=groups, activation=nn.ReLU if relu else None)


class GhostModule(nn.Module):
    """concat(primary, cheap(primary)) cut to `outputs` channels: half of them cost one depthwise 3x3."""

    def __init__(self, inputs, outputs, relu=True):
        super().__init__()
        self.outputs = outputs
        primary = (outputs + 1) // 2
        self.primary_conv = conv_norm(inputs, primary, 1, 1, relu)
        self.cheap_operation = conv_norm(primary, primary, 3, primary, relu)

    def forward(self, x):
        primary = self.primary_conv(x)
        return torch.cat([primary, self.cheap_operation(primary)], 1)[:, :self.outputs]


class AttentionGhostModule(GhostModule):
    """A ghost module gated by decoupled fully-connected attention, computed at half the resolution."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.short_conv = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.Conv2d(outputs, outputs, (1, 5), padding=(0, 2), groups=outputs, bias=False),
            nn.BatchNorm2d(outputs),
            nn.Conv2d(outputs, outputs, (5, 1), padding=(2, 0), groups=outputs, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x):
        gate = torch.sigmoid(self.short_conv(functional.avg_pool2d(x, 2, 2)))
        y = super().forward(x)
        return y * functional.interpolate(gate, size=y.shape[-2:], mode="nearest")


class GhostBottleneck(nn.Module):
    """ghost - [depthwise stride 2] - [squeeze-excite] - ghost without ReLU, plus a shortcut."""

    def __init__(self, inputs, expanded, outputs, kernel, stride, squeeze, attention, divisor):
        super().__init__()
        self.ghost1 = AttentionGhostModule(inputs, expanded) if attention else GhostModule(inputs, expanded)
        self.conv_dw = ConvNorm(expanded, expanded, kernel, stride, expanded, activation=None) if stride > 1 else None
        reduced = round_channels(expanded * squeeze, divisor)
        self.se = SqueezeExcite(expanded, reduced, nn.Hardsigmoid) if squeeze else None
        self.ghost2 = GhostModule(expanded, outputs, relu=False)
        self.shortcut = None
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                *ConvNorm(inputs, inputs, kernel, stride, inputs, activation=None),
                *ConvNorm(inputs, outputs, activation=None),
            )

    def forward(self, x):
        y = self.ghost1(x)
        if self.conv_dw is not None:
            y = self.conv_dw(y)
        if self.se is not None:
            y = self.se(y)
        return self.ghost2(y) + (x if self.shortcut is None else self.shortcut(x))


class GhostNet(nn.Module):
    """GhostNet; with `attention` GhostNetV2, whose blocks after the second have attention ghost modules."""

    def __init__(self, width=1.0, stages=STAGES, stem=16, head=1280, divisor=4, attention=False, classes=1000,
                 inputs=3, stem_stride=2):
        super().__init__()
        channels = round_channels(stem * width, divisor)
        self.conv_stem = nn.Conv2d(inputs, channels, 3, stem_stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.act1 = nn.ReLU()
        blocks = []
        for stage in stages:
            for kernel, expanded, outputs, squeeze, stride in stage:
                expanded = round_channels(expanded * width, divisor)
                outputs = round_channels(outputs * width, divisor)
                blocks.append(
                    GhostBottleneck(channels, expanded, outputs, kernel, stride, squeeze,
                                    attention and len(blocks) > 1, divisor))
                channels = outputs
        blocks.append(ConvNorm(channels, expanded))
        self.blocks = nn.Sequential(*blocks)
        self.global_pool = nn.AdaptiveAvgPool2d(1)
        self.conv_head = nn.Conv2d(expanded, head, 1)
        self.act2 = nn.ReLU()
        self.classifier = nn.Linear(head, classes)

    def forward(self, x):
        x = self.blocks(self.act1(self.bn1(self.conv_stem(x))))
        x = self.act2(self.conv_head(self.global_pool(x)))
        return self.classifier(torch.flatten(x, 1))
