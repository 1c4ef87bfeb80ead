# Residual networks in 2-D: ResNet, ResNeXt, Wide ResNet, SE-ResNet and Res2Net (stride on the 3x3, as torchvision
# has it), dilated stages, a replaceable norm layer; and the stand-alone residual blocks.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn

from .layers import SqueezeExcite, closing


def group_norm(channels):
    """A norm layer that is no BatchNorm: GroupNorm with four channels per group."""
    return nn.GroupNorm(channels // 4, channels)


def no_norm(channels):
    """A norm layer that does nothing."""
    return nn.Identity()


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inputs, planes, inner, stride, dilation, groups, norm, squeeze):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 3, stride, dilation, dilation, bias=False)
        self.bn1 = norm(planes)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, dilation, dilation, bias=False)
        self.bn2 = closing(norm(planes))
        self.se = SqueezeExcite(planes, planes // squeeze) if squeeze else None
        self.downsample = projection(inputs, planes, stride, norm)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.se is not None:
            y = self.se(y)
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, planes, inner, stride, dilation, groups, norm, squeeze):
        super().__init__()
        outputs = planes * self.expansion
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = norm(inner)
        self.conv2 = self.middle(inner, stride, dilation, groups, norm)
        self.bn2 = norm(inner)
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.bn3 = closing(norm(outputs))
        self.relu = nn.ReLU()
        self.se = SqueezeExcite(outputs, outputs // squeeze) if squeeze else None
        self.downsample = projection(inputs, outputs, stride, norm)

    def middle(self, inner, stride, dilation, groups, norm):
        return nn.Conv2d(inner, inner, 3, stride, dilation, dilation, groups, bias=False)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.se is not None:
            y = self.se(y)
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class HierarchicalConv(nn.Module):
    """Res2Net's 3x3: the channels in `scale` parts, each convolved after adding the result of the part before."""

    def __init__(self, channels, stride, norm, scale=4):
        super().__init__()
        self.stride, self.part = stride, channels // scale
        self.convs = nn.ModuleList(nn.Conv2d(self.part, self.part, 3, stride, 1, bias=False) for _ in range(scale - 1))
        self.norms = nn.ModuleList(norm(self.part) for _ in range(scale - 1))
        self.relu = nn.ReLU()
        self.pool = nn.AvgPool2d(3, stride, 1) if stride > 1 else nn.Identity()

    def forward(self, x):
        parts = torch.split(x, self.part, 1)
        done = []
        for index, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            chained = index > 0 and self.stride == 1
            part = parts[index] + done[-1] if chained else parts[index]
            done.append(self.relu(norm(conv(part))))
        done.append(self.pool(parts[-1]))
        return torch.cat(done, 1)


class Res2Bottleneck(Bottleneck):
    def middle(self, inner, stride, dilation, groups, norm):
        return HierarchicalConv(inner, stride, norm)


def projection(inputs, outputs, stride, norm):
    """The shortcut's 1x1 convolution and norm, or None where the shapes agree."""
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs))


class ResNet(nn.Module):
    """Stem (7x7 stride 2, max pool), stages of blocks, global average pool, linear.

    `inner_width` is the bottleneck's width per group in the first stage (64 in ResNet, 4 in ResNeXt 32x4d, 128 in Wide
    ResNet; in units of width = 64). `dilated` tells for each stage whether dilation replaces its stride.
    """

    def __init__(self, block, depths, width=64, inner_width=None, groups=1, dilated=(), norm=nn.BatchNorm2d, squeeze=0,
                 classes=1000):
        super().__init__()
        inner_width = inner_width or width
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = norm(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels, dilation, self.stages = width, 1, []
        for stage, depth in enumerate(depths):
            planes, stride = width << stage, 1 if stage == 0 else 2
            first_dilation = dilation
            if stage < len(dilated) and dilated[stage]:
                dilation, stride = dilation * stride, 1
            inner = int(planes * inner_width / width) * groups
            blocks = []
            for index in range(depth):
                rate = first_dilation if index == 0 else dilation
                blocks.append(block(channels, planes, inner, stride if index == 0 else 1, rate, groups, norm, squeeze))
                channels = planes * block.expansion
            self.stages.append(f"layer{stage + 1}")
            self.add_module(self.stages[-1], nn.Sequential(*blocks))
        self.channels = channels
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, classes)

    def features(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for name in self.stages:
            x = getattr(self, name)(x)
        return x

    def forward(self, x):
        return self.fc(torch.flatten(self.avgpool(self.features(x)), 1))


class DilatedStage(nn.Sequential):
    """DeepLab's last stage: bottlenecks whose 3x3 convolutions have padding = dilation = 1, 2, 4."""

    def __init__(self, inputs, planes, stride=1, rates=(1, 2, 4)):
        blocks = []
        for index, rate in enumerate(rates):
            blocks.append(
                Bottleneck(inputs, planes, planes, stride if index == 0 else 1, rate, 1, nn.BatchNorm2d, 0))
            inputs = planes * Bottleneck.expansion
        super().__init__(*blocks)


class Residual(nn.Module):
    """Two 3x3 convolutions with biases and BatchNorm; an optional 1x1 with bias and stride on the identity."""

    def __init__(self, inputs, outputs, stride=1, use_conv3=False):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv3 = nn.Conv2d(inputs, outputs, 1, stride) if use_conv3 else None

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + (x if self.conv3 is None else self.conv3(x)))
