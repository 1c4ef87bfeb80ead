# Building bricks that several networks share: convolution + normalisation + activation, squeeze-and-excite,
# and the rounding of channel counts used by the MobileNet family.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from torch import nn


def round_channels(channels, divisor=8):
    """Rounds to a multiple of `divisor`, never losing more than a tenth (MobileNetV2's reference implementation)."""
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded


def closing(norm):
    """Marks the norm that closes a residual branch: random parameters (parameters.py) give it smaller scales."""
    norm.closes_residual = True
    return norm


class ConvNorm(nn.Sequential):
    """Convolution with "same" padding for odd kernels, BatchNorm, activation (None for none)."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1, dilation=1, activation=nn.ReLU):
        padding = (kernel - 1) // 2 * dilation
        layers = [
            nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        if activation is not None:
            layers.append(activation())
        super().__init__(*layers)


class SqueezeExcite(nn.Module):
    """x * gate(expand(relu(reduce(mean(x))))), the mean over all positions."""

    def __init__(self, channels, reduced, gate=nn.Sigmoid):
        super().__init__()
        self.conv_reduce = nn.Conv2d(channels, reduced, 1)
        self.act1 = nn.ReLU()
        self.conv_expand = nn.Conv2d(reduced, channels, 1)
        self.gate = gate()

    def forward(self, x):
        scale = x.mean((2, 3), keepdim=True)
        return x * self.gate(self.conv_expand(self.act1(self.conv_reduce(scale))))


class Classifier(nn.Sequential):
    """Global average pool, flatten, linear."""

    def __init__(self, channels, classes):
        super().__init__(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
