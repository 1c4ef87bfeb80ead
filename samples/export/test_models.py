# The small members that are committed in tests/models: <network>.<ts|dy>[.unfolded][.dynamic][.b<batch>].
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# Both exporters at batch 1.
BOTH = (
    "s1_resnet1d", "s2_dilated", "resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "resnet50_dilated",
    "resnet18_group_norm", "s5_norm_c", "s5_norm_cl", "s5_norm_chw", "s5_norm_no_affine", "s5_norm_epsilon",
    "s5_norm_no_statistics", "s5_norm_after_pool", "mobilenet_v1_100", "mobilenet_v2", "mobilenet_v3_small",
    "ghostnet_100", "ghostnetv2_100", "s8_multiscale", "se_resnet50", "res2net50", "efficientnet_lite0",
    "densenet121", "shufflenet_v2", "squeezenet", "unet_transposed", "unet_resize", "deeplabv3", "regnet_x_400mf",
    "regnet_y_400mf", "repvgg_a0", "convnext_tiny", "hrnet", "vovnet", "csp_darknet",
)

# Also as the exporters find them, every BatchNorm in place.
UNFOLDED = (
    "s1_resnet1d", "s2_dilated", "resnet18", "resnet50", "mobilenet_v2", "ghostnet_100", "s8_multiscale",
    "se_resnet50", "densenet121", "shufflenet_v2", "repvgg_a0",
)

# Single cases: other batches, a symbolic batch, training mode, one exporter.
SINGLE = (
    "s4_residual.ts.b4", "s4_residual.dy.b4", "s4_residual.ts.unfolded.b4", "s4_residual.dy.unfolded.b4",
    "s4_residual_same.ts.b4", "s4_residual_same.dy", "resnet18_no_norm.ts", "resnet18.ts.b3",
    "ghostnetv2_100.ts.unfolded",
    "resnext50_32x4d.ts.unfolded", "unet_transposed.ts.unfolded", "unet_transposed.dy.b2", "densenet121.ts.b2",
    "shufflenet_v2.dy.b2", "hrnet.ts.b2", "s1_resnet1d.ts.b5",
    "s8_multiscale.dy.b2", "ghostnet_100.ts.b2", "ghostnet_100.dy.b3", "mobilenet_v2.ts.b2",
    "ds_cnn.ts", "s5_norm_c.ts.b4", "s5_norm_cl.dy.b4", "s5_norm_chw.ts.b3", "s5_norm_no_statistics.ts.b4",
    "resnet18.ts.dynamic", "resnet18.dy.dynamic", "shufflenet_v2.ts.dynamic", "shufflenet_v2.dy.dynamic",
    "ghostnet_100.ts.dynamic.b2", "mobilenet_v2.dy.dynamic", "unet_resize.ts.dynamic", "s1_resnet1d.dy.dynamic.b3",
    "s5_norm_c_training.ts.b4", "s5_norm_cl_training.ts.b4", "s5_norm_chw_training.ts.b4",
    "plain_fcn.ts",
)

TEST_MODELS = (
    *(f"{name}.{exporter}" for name in BOTH for exporter in ("ts", "dy")),
    *(f"{name}.{exporter}.unfolded" for name in UNFOLDED for exporter in ("ts", "dy")),
    *SINGLE,
)
