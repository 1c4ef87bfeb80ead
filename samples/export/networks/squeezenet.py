# SqueezeNet 1.1 (Iandola et al. 2016): fire modules without BatchNorm, max pools with ceil_mode.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn

# Per stage between two max pools: squeeze and expand channels of its fire modules.
STAGES = (((16, 64), (16, 64)), ((32, 128), (32, 128)), ((48, 192), (48, 192), (64, 256), (64, 256)))


class Fire(nn.Module):
    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.cat([torch.relu(self.expand1x1(x)), torch.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self, stages=STAGES, stem=64, classes=1000):
        super().__init__()
        layers, channels = [nn.Conv2d(3, stem, 3, 2), nn.ReLU()], stem
        for stage in stages:
            layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
            for squeezed, expanded in stage:
                layers.append(Fire(channels, squeezed, expanded))
                channels = 2 * expanded
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Conv2d(channels, classes, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)
