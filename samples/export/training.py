# Networks exported in training mode: the running statistics that BatchNorm updates become outputs of the model.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from torch import nn


def running_statistics(exported, before, after, example):
    """Makes the updated statistics of the only BatchNormalization in `exported` graph outputs; returns what they are
    to be, from the module `before` and `after` it has seen `example`.

    ONNX updates the running variance with the biased variance of the batch, PyTorch with the unbiased one.
    """
    node, = (node for node in exported.graph.node if node.op_type == "BatchNormalization")
    old, new = ([module for module in root.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)][0]
                for root in (before, after))
    for name in node.output[1:]:
        value = exported.graph.output.add(name=name)
        value.type.tensor_type.elem_type = 1
        value.type.tensor_type.shape.dim.add(dim_value=old.num_features)
    count = example.numel() // old.num_features
    kept = (1 - old.momentum) * old.running_var
    return [new.running_mean, kept + (new.running_var - kept) * (count - 1) / count]
