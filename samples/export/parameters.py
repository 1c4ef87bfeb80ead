# Random parameters for networks that nobody trained, such that a wrong BatchNorm fold shows: every statistic and every
# affine parameter differs from its neutral value, and activations keep their scale however deep the network is.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import torch
from torch import nn

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
NORMS = (*BATCH_NORMS, nn.GroupNorm, nn.LayerNorm)

# What a residual branch adds, relative to what it is added to. At 1 a random ResNet-152 is chaotic: it magnifies
# rounding errors by 1.4 per block.
RESIDUAL_SHARE = 0.3


def randomize(model, shape, seed):
    """Seeded norm parameters for `model`, whose input has `shape` without the batch dimension; convolutions and linear
    layers keep PyTorch's own initialisation.

    gamma U(0.5, 1.5) (less where a residual branch ends), beta N(0, 0.1). Running statistics
    come from one forward pass: each norm, when it is reached, takes the mean and variance of what arrives, moved by
    N(0, 0.1) standard deviations and a factor of U(0.5, 1.5). The variance never falls below a tenth of the squared
    mean: a norm that magnifies the small variations of a near-constant channel would magnify rounding errors with
    them, and comparisons would lose their meaning.
    """
    generator = torch.Generator().manual_seed(seed)

    def uniform(like):
        return torch.empty_like(like).uniform_(0.5, 1.5, generator=generator)

    def normal(like):
        return torch.empty_like(like).normal_(0, 0.1, generator=generator)

    def take_statistics(norm, inputs):
        axes = [axis for axis in range(inputs[0].dim()) if axis != 1]
        mean, variance = inputs[0].mean(axes), inputs[0].var(axes)
        norm.running_mean.copy_(mean + normal(mean) * variance.sqrt())
        norm.running_var.copy_(torch.maximum(variance * uniform(variance), 0.01 + 0.1 * mean.square()))

    hooks = []
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, NORMS) and module.weight is not None:
                share = RESIDUAL_SHARE if hasattr(module, "closes_residual") else 1
                module.weight.copy_(share * uniform(module.weight))
                module.bias.copy_(normal(module.bias))
            if isinstance(module, BATCH_NORMS) and module.track_running_stats:
                hooks.append(module.register_forward_pre_hook(take_statistics))
            if hasattr(module, "after_randomize"):
                module.after_randomize()
        model.eval()(torch.randn(4, *shape, generator=generator))
    for hook in hooks:
        hook.remove()
