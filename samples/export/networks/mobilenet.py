# Depthwise-separable stacks: DS-CNN, MobileNetV1, V2, V3 and EfficientNet-Lite0.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn

from .layers import Classifier, ConvNorm, SqueezeExcite, round_channels

# MobileNetV1: outputs and stride of each depthwise-separable pair.
V1_PAIRS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
            (1024, 2), (1024, 1))

# MobileNetV2: expansion, outputs, repetitions, stride.
V2_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))

# MobileNetV3: kernel, expanded channels, outputs, squeeze-excite, hard-swish (else ReLU), stride.
V3_SMALL = (
    (3, 16, 16, True, False, 2),
    (3, 72, 24, False, False, 2),
    (3, 88, 24, False, False, 1),
    (5, 96, 40, True, True, 2),
    (5, 240, 40, True, True, 1),
    (5, 240, 40, True, True, 1),
    (5, 120, 48, True, True, 1),
    (5, 144, 48, True, True, 1),
    (5, 288, 96, True, True, 2),
    (5, 576, 96, True, True, 1),
    (5, 576, 96, True, True, 1),
)
V3_LARGE = (
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
)

# EfficientNet-Lite0: kernel, expansion, outputs, repetitions, stride.
LITE0_STAGES = ((3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 3, 2), (5, 6, 112, 3, 1),
                (5, 6, 192, 4, 2), (3, 6, 320, 1, 1))


def conv_dw(inputs, outputs, stride):
    """MobileNetV1's pair: depthwise 3x3 and pointwise 1x1, each with BatchNorm and ReLU."""
    return nn.Sequential(*ConvNorm(inputs, inputs, 3, stride, inputs), *ConvNorm(inputs, outputs))


class MobileNetV1(nn.Module):
    def __init__(self, width=1.0, pairs=V1_PAIRS, classes=1000):
        super().__init__()
        channels = int(32 * width)
        layers = [ConvNorm(3, channels, 3, 2)]
        for outputs, stride in pairs:
            layers.append(conv_dw(channels, int(outputs * width), stride))
            channels = int(outputs * width)
        self.model = nn.Sequential(*layers)
        self.classifier = Classifier(channels, classes)

    def forward(self, x):
        return self.classifier(self.model(x))


class DepthwiseSeparableCnn(nn.Module):
    """DS-CNN for keywords in 49 frames of 10 coefficients (Zhang et al. 2017, as in MLPerf Tiny): "same" padding of an
    even kernel, an average over all positions, softmax."""

    def __init__(self, channels=64, pairs=4, classes=12):
        super().__init__()
        self.stem = nn.Sequential(
            nn.ZeroPad2d((1, 1, 4, 5)), nn.Conv2d(1, channels, (10, 4), 2, bias=False), nn.BatchNorm2d(channels),
            nn.ReLU())
        self.model = nn.Sequential(*(conv_dw(channels, channels, 1) for _ in range(pairs)))
        self.pool = nn.AvgPool2d((25, 5))
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        return torch.softmax(self.classifier(torch.flatten(self.pool(self.model(self.stem(x))), 1)), 1)


class InvertedResidual(nn.Module):
    """Expand 1x1, depthwise, [squeeze-excite], project 1x1 without activation; a shortcut where shapes agree."""

    def __init__(self, inputs, expanded, outputs, kernel, stride, activation, squeeze=None):
        super().__init__()
        layers = [] if expanded == inputs else [ConvNorm(inputs, expanded, activation=activation)]
        layers.append(ConvNorm(expanded, expanded, kernel, stride, expanded, activation=activation))
        if squeeze is not None:
            layers.append(squeeze)
        layers.append(ConvNorm(expanded, outputs, activation=None))
        self.conv = nn.Sequential(*layers)
        self.use_shortcut = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.use_shortcut else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self, width=1.0, stages=V2_STAGES, head=1280, divisor=8, classes=1000):
        super().__init__()
        channels = round_channels(32 * width, divisor)
        layers = [ConvNorm(3, channels, 3, 2, activation=nn.ReLU6)]
        for expansion, outputs, repetitions, stride in stages:
            outputs = round_channels(outputs * width, divisor)
            for index in range(repetitions):
                layers.append(
                    InvertedResidual(channels, channels * expansion, outputs, 3, stride if index == 0 else 1, nn.ReLU6))
                channels = outputs
        layers.append(ConvNorm(channels, head, activation=nn.ReLU6))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(head, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class MobileNetV3(nn.Module):
    def __init__(self, stages, width=1.0, head=1024, divisor=8, classes=1000):
        super().__init__()
        channels = round_channels(16 * width, divisor)
        layers = [ConvNorm(3, channels, 3, 2, activation=nn.Hardswish)]
        for kernel, expanded, outputs, squeeze, hard_swish, stride in stages:
            expanded = round_channels(expanded * width, divisor)
            outputs = round_channels(outputs * width, divisor)
            gate = SqueezeExcite(expanded, round_channels(expanded // 4, divisor), nn.Hardsigmoid) if squeeze else None
            activation = nn.Hardswish if hard_swish else nn.ReLU
            layers.append(InvertedResidual(channels, expanded, outputs, kernel, stride, activation, gate))
            channels = outputs
        layers.append(ConvNorm(channels, 6 * channels, activation=nn.Hardswish))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * channels, head), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(head, classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class EfficientNetLite(nn.Module):
    """EfficientNet without squeeze-excite and with ReLU6; stem 32 and head 1280 do not scale."""

    def __init__(self, stages=LITE0_STAGES, stem=32, head=1280, classes=1000):
        super().__init__()
        layers, channels = [ConvNorm(3, stem, 3, 2, activation=nn.ReLU6)], stem
        for kernel, expansion, outputs, repetitions, stride in stages:
            for index in range(repetitions):
                layers.append(
                    InvertedResidual(channels, channels * expansion, outputs, kernel, stride if index == 0 else 1,
                                     nn.ReLU6))
                channels = outputs
        layers.append(ConvNorm(channels, head, activation=nn.ReLU6))
        self.features = nn.Sequential(*layers)
        self.classifier = Classifier(head, classes)

    def forward(self, x):
        return self.classifier(self.features(x))
