# Networks that return maps: U-Net (transposed convolutions or bilinear resize) and DeepLabV3 on a dilated ResNet.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn
from torch.nn import functional

from .layers import ConvNorm
from .resnet import Bottleneck, ResNet


class UNet(nn.Module):
    """Contracting path with max pools, expanding path with skip connections; `transposed` chooses how maps grow."""

    def __init__(self, width=32, depth=4, transposed=True, classes=2):
        super().__init__()
        widths = [width << level for level in range(depth + 1)]
        self.down = nn.ModuleList(
            self.double(inputs, outputs) for inputs, outputs in zip([3, *widths], widths))
        self.pool = nn.MaxPool2d(2)
        self.grow, self.up = nn.ModuleList(), nn.ModuleList()
        for outputs, inputs in reversed(list(zip(widths, widths[1:]))):
            if transposed:
                self.grow.append(nn.ConvTranspose2d(inputs, outputs, 2, 2))
            else:
                self.grow.append(nn.Sequential(
                    nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), nn.Conv2d(inputs, outputs, 1)))
            self.up.append(self.double(2 * outputs, outputs))
        self.last = nn.Conv2d(width, classes, 1)

    @staticmethod
    def double(inputs, outputs):
        return nn.Sequential(*ConvNorm(inputs, outputs, 3), *ConvNorm(outputs, outputs, 3))

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(self.pool(x) if level > 0 else x)
            skips.append(x)
        skips.pop()
        for grow, block in zip(self.grow, self.up):
            x = block(torch.cat([skips.pop(), grow(x)], 1))
        return self.last(x)


class PlainFCN(nn.Module):
    """A fully convolutional network without shortcuts. Every normalised layer with a ReLU behind it magnifies a random
    network's rounding errors by a fifth, so a deep one shows what its layers' errors add up to."""

    def __init__(self, width=64, depth=16, classes=21):
        super().__init__()
        self.layers = nn.Sequential(
            *ConvNorm(3, width, 3, 2), *(module for _ in range(depth) for module in ConvNorm(width, width, 3)))
        self.last = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        return functional.interpolate(
            self.last(self.layers(x)), size=x.shape[-2:], mode="bilinear", align_corners=False)


class AtrousPyramid(nn.Module):
    """DeepLabV3's pyramid: 1x1, three dilated 3x3 and the image's mean, resized; then projected."""

    def __init__(self, inputs, outputs, rates):
        super().__init__()
        self.convs = nn.ModuleList(
            [ConvNorm(inputs, outputs)] + [ConvNorm(inputs, outputs, 3, dilation=rate) for rate in rates])
        self.pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), *ConvNorm(inputs, outputs))
        self.project = ConvNorm((len(rates) + 2) * outputs, outputs)

    def forward(self, x):
        mean = functional.interpolate(self.pooled(x), size=x.shape[-2:], mode="bilinear", align_corners=False)
        return self.project(torch.cat([*(conv(x) for conv in self.convs), mean], 1))


class DeepLabV3(nn.Module):
    def __init__(self, depths=(3, 4, 6, 3), width=64, pyramid=256, rates=(12, 24, 36),
                 dilated=(False, False, True, True), classes=21):
        super().__init__()
        self.backbone = ResNet(Bottleneck, depths, width, dilated=dilated)
        self.backbone.fc = nn.Identity()
        self.classifier = nn.Sequential(
            AtrousPyramid(self.backbone.channels, pyramid, rates), *ConvNorm(pyramid, pyramid, 3),
            nn.Conv2d(pyramid, classes, 1))

    def forward(self, x):
        maps = self.classifier(self.backbone.features(x))
        return functional.interpolate(maps, size=x.shape[-2:], mode="bilinear", align_corners=False)
