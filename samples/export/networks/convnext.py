# ConvNeXt (Liu et al. 2022): depthwise 7x7, LayerNorm and Linear over the channels last, GELU, layer scale.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the channels of (N, C, H, W)."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv_dw = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.fc1, self.fc2 = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)
        self.act = nn.GELU()
        self.gamma = nn.Parameter(torch.empty(channels).uniform_(0.1, 0.5))

    def forward(self, x):
        y = self.norm(self.conv_dw(x).permute(0, 2, 3, 1))
        y = self.fc2(self.act(self.fc1(y))) * self.gamma
        return x + y.permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    """ConvNeXt-T by default."""

    def __init__(self, depths=(3, 3, 9, 3), widths=(96, 192, 384, 768), classes=1000):
        super().__init__()
        layers = [nn.Conv2d(3, widths[0], 4, 4), ChannelNorm(widths[0], eps=1e-6)]
        channels = widths[0]
        for depth, width in zip(depths, widths):
            if width != channels:
                layers += [ChannelNorm(channels, eps=1e-6), nn.Conv2d(channels, width, 2, 2)]
                channels = width
            layers += [ConvNeXtBlock(channels) for _ in range(depth)]
        self.features = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        return self.fc(self.norm(self.features(x).mean((2, 3))))
