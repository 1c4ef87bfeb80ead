# Every network that export.py knows: how it is built and what it reads, at full size and as a small family member.
# Small members keep the structure (block kinds, strides, odd channel counts) with some 10,000 to 60,000 parameters.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from dataclasses import dataclass
from functools import partial
from typing import Callable, Optional, Tuple

from torch import nn

from .batch_norm import BatchNormAlone, PoolThenNorm
from .convnext import ConvNeXt
from .densenet import DenseNet
from .ghostnet import SMALL_STAGES as SMALL_GHOST_STAGES
from .ghostnet import GhostNet
from .mobilenet import V3_LARGE, V3_SMALL, DepthwiseSeparableCnn, EfficientNetLite, MobileNetV1, MobileNetV2, MobileNetV3
from .one_dimensional import MultiScale1d, ResNet1d
from .parallel import CspNet, HRNet, VoVNet
from .regnet import RegNet, RepVGG
from .resnet import BasicBlock, Bottleneck, DilatedStage, Res2Bottleneck, Residual, ResNet, group_norm, no_norm
from .segmentation import DeepLabV3, PlainFCN, UNet
from .shufflenet import ShuffleNetV2
from .squeezenet import SqueezeNet

IMAGE = (3, 224, 224)


@dataclass(frozen=True)
class Member:
    """One size of a network: a constructor and the shape of its input without the batch dimension."""
    build: Callable[[], nn.Module]
    shape: Tuple[int, ...]


@dataclass(frozen=True)
class Network:
    full: Optional[Member] = None
    small: Optional[Member] = None
    training: bool = False  # exported in training mode: BatchNorm uses the batch's own statistics


def member(shape, constructor, *arguments, **options):
    return Member(partial(constructor, *arguments, **options), shape)


def resnet(block, depths, small_depths, small_width=8, small_options=None, **options):
    """A residual network at its published size and a small member for 40x40 images."""
    small = {**options, **(small_options or {}), "width": small_width, "classes": 10}
    return Network(
        member(IMAGE, ResNet, block, depths, **options), member((3, 40, 40), ResNet, block, small_depths, **small))


def full_resnet(block, depths, **options):
    return Network(member(IMAGE, ResNet, block, depths, **options))


def small_norm(shape, **options):
    return Network(small=member(shape, BatchNormAlone, shape[0], len(shape), **options))


NETWORKS = {
    # S1: 1-D bottleneck ResNet; lengths that leave edge tiles.
    "s1_resnet1d": Network(
        member((1, 1024), ResNet1d, (3, 4, 6, 3)), member((2, 150), ResNet1d, (1, 2), width=10, inputs=2)),
    # S2: dilated bottlenecks.
    "s2_dilated": Network(
        member((256, 56, 56), DilatedStage, 256, 128, stride=2), member((20, 17, 19), DilatedStage, 20, 10, stride=2)),
    # ... and a small network of them whose pyramid has rates far larger than its maps of 9x11.
    "s2_aspp": Network(
        member((3, 65, 81), DeepLabV3, (2, 2, 2), 8, pyramid=64, rates=(6, 12, 18), dilated=(False, False, True), classes=5)),
    # S3: residual networks.
    "resnet18": resnet(BasicBlock, (2, 2, 2, 2), (2, 2, 1)),
    "resnet34": full_resnet(BasicBlock, (3, 4, 6, 3)),
    "resnet50": resnet(Bottleneck, (3, 4, 6, 3), (1, 2, 1), small_width=6),
    "resnet101": full_resnet(Bottleneck, (3, 4, 23, 3)),
    "resnet152": full_resnet(Bottleneck, (3, 8, 36, 3)),
    "resnext50_32x4d": resnet(Bottleneck, (3, 4, 6, 3), (1, 1), small_options={"groups": 6},
                              inner_width=4, groups=32),
    "resnext101_32x8d": full_resnet(Bottleneck, (3, 4, 23, 3), inner_width=8, groups=32),
    "wide_resnet50_2": resnet(Bottleneck, (3, 4, 6, 3), (1, 1), small_options={"inner_width": 18},
                              inner_width=128),
    "resnet50_dilated": resnet(Bottleneck, (3, 4, 6, 3), (1, 1, 2), small_width=5,
                               small_options={"dilated": (False, False, True)}, dilated=(False, False, True, True)),
    "resnet18_group_norm": resnet(BasicBlock, (2, 2, 2, 2), (1, 1), norm=group_norm),
    "resnet18_no_norm": resnet(BasicBlock, (2, 2, 2, 2), (1, 1), norm=no_norm),
    # S4: the stand-alone residual block, with and without the convolution on the identity.
    "s4_residual": Network(small=member((3, 6, 6), Residual, 3, 6, stride=2, use_conv3=True)),
    "s4_residual_same": Network(small=member((3, 6, 6), Residual, 3, 3)),
    # S5: BatchNorm alone.
    "s5_norm_c": small_norm((13,)),
    "s5_norm_cl": small_norm((5, 11)),
    "s5_norm_chw": small_norm((6, 5, 7)),
    "s5_norm_no_affine": small_norm((6, 5, 7), affine=False),
    "s5_norm_epsilon": small_norm((6, 5, 7), eps=0.3),
    "s5_norm_no_statistics": small_norm((6, 5, 7), track_running_stats=False),
    "s5_norm_after_pool": Network(small=member((6, 8, 8), PoolThenNorm, 6)),
    "s5_norm_c_training": Network(small=member((13,), BatchNormAlone, 13, 1), training=True),
    "s5_norm_cl_training": Network(small=member((5, 11), BatchNormAlone, 5, 2), training=True),
    "s5_norm_chw_training": Network(small=member((6, 5, 7), BatchNormAlone, 6, 3, momentum=0.3), training=True),
    # S6: depthwise-separable stacks.
    "mobilenet_v1_025": Network(member(IMAGE, MobileNetV1, 0.25)),
    "mobilenet_v1_100": Network(
        member(IMAGE, MobileNetV1),
        member((3, 32, 32), MobileNetV1, 0.25, pairs=((64, 1), (128, 2), (128, 1), (204, 2), (204, 1)), classes=10)),
    "mobilenet_v2": Network(
        member(IMAGE, MobileNetV2),
        member((3, 32, 32), MobileNetV2, 0.25, divisor=2, head=40, classes=10,
               stages=((1, 16, 1, 1), (6, 24, 2, 2), (6, 40, 2, 2), (4, 56, 1, 1)))),
    "mobilenet_v3_small": Network(
        member(IMAGE, MobileNetV3, V3_SMALL),
        member((3, 32, 32), MobileNetV3, V3_SMALL[:7], 0.25, head=32, divisor=2, classes=10)),
    "mobilenet_v3_large": Network(member(IMAGE, MobileNetV3, V3_LARGE, head=1280)),
    # S7: GhostNet.
    "ghostnet_050": Network(member(IMAGE, GhostNet, 0.5)),
    "ghostnet_100": Network(
        member(IMAGE, GhostNet),
        member((3, 32, 32), GhostNet, stages=SMALL_GHOST_STAGES, stem=12, head=40, divisor=1, classes=10)),
    "ghostnet_130": Network(member(IMAGE, GhostNet, 1.3)),
    "ghostnetv2_100": Network(
        member(IMAGE, GhostNet, attention=True),
        member((3, 36, 36), GhostNet, stages=SMALL_GHOST_STAGES, stem=12, head=40, divisor=1, classes=10,
               attention=True)),
    # S8: multi-scale 1-D CNN.
    "s8_multiscale": Network(member((1, 1024), MultiScale1d), member((1, 1024), MultiScale1d, 10)),
    # Relatives.
    "se_resnet50": resnet(Bottleneck, (3, 4, 6, 3), (1, 1), small_options={"squeeze": 4}, squeeze=16),
    "res2net50": resnet(Res2Bottleneck, (3, 4, 6, 3), (1, 2), inner_width=104, small_options={"inner_width": 20}),
    "ds_cnn": Network(member((1, 49, 10), DepthwiseSeparableCnn), member((1, 49, 10), DepthwiseSeparableCnn)),
    "efficientnet_lite0": Network(
        member(IMAGE, EfficientNetLite),
        member((3, 32, 32), EfficientNetLite, stages=((3, 1, 10, 1, 1), (3, 6, 14, 2, 2), (5, 6, 20, 2, 2)), stem=12,
               head=60, classes=10)),
    "densenet121": Network(
        member(IMAGE, DenseNet), member((3, 40, 40), DenseNet, (2, 3), growth=6, classes=10)),
    "shufflenet_v2": Network(
        member(IMAGE, ShuffleNetV2),
        member((3, 40, 40), ShuffleNetV2, (2, 3), (12, 28, 44), head=40, classes=10)),
    "squeezenet": Network(
        member(IMAGE, SqueezeNet),
        member((3, 38, 38), SqueezeNet, (((6, 12), ), ((8, 20), (8, 20))), stem=12, classes=10)),
    "unet_transposed": Network(member((3, 256, 256), UNet), member((3, 24, 32), UNet, 6, depth=2)),
    "unet_resize": Network(
        member((3, 256, 256), UNet, transposed=False), member((3, 24, 32), UNet, 6, depth=2, transposed=False)),
    "plain_fcn": Network(
        member(IMAGE, PlainFCN), member((3, 40, 40), PlainFCN, 16, 30, classes=5)),
    "deeplabv3": Network(
        member(IMAGE, DeepLabV3),
        member((3, 40, 40), DeepLabV3, (1, 1), 6, pyramid=12, rates=(2, 4, 6), dilated=(False, True), classes=5)),
    "regnet_x_400mf": Network(
        member(IMAGE, RegNet), member((3, 32, 32), RegNet, (1, 2), (16, 36), group_width=4, stem=12, classes=10)),
    "regnet_y_400mf": Network(
        member(IMAGE, RegNet, (1, 3, 6, 6), (48, 104, 208, 440), group_width=8, squeeze=True),
        member((3, 32, 32), RegNet, (1, 2), (16, 40), group_width=8, squeeze=True, stem=12, classes=10)),
    "repvgg_a0": Network(
        member(IMAGE, RepVGG), member((3, 32, 32), RepVGG, (2, 2), (10, 20), stem=10, classes=10)),
    "convnext_tiny": Network(
        member(IMAGE, ConvNeXt), member((3, 32, 32), ConvNeXt, (1, 1), (20, 36), classes=10)),
    "hrnet": Network(
        member(IMAGE, HRNet), member((3, 48, 48), HRNet, 5, branches=3, modules=(1, 1), blocks=1, stem=10, classes=10)),
    "vovnet": Network(
        member(IMAGE, VoVNet), member((3, 48, 48), VoVNet, (8, 10), (16, 28), (1, 2), depth=3, stem=8, classes=10)),
    "csp_darknet": Network(
        member(IMAGE, CspNet), member((3, 32, 32), CspNet, (1, 2), (16, 40), stem=8, classes=10)),
}
