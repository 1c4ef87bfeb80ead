# From a PyTorch module to an ONNX model through either exporter, cleaned of everything that names the exporting
# machine.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import io
import logging
import warnings

import onnx
import torch

# Of what the dynamo exporter records, only the module path is kept: stack traces name files and people.
KEPT_METADATA = ("namespace", "pkg.torch.onnx.name_scopes")


def export(model, example, exporter, unfolded=False, dynamic=False, opset=None, names=None):
    """The ModelProto that `exporter` ("ts": TorchScript, "dy": dynamo) makes of `model` in the mode it is in.

    `unfolded` leaves BatchNorm and constant arithmetic as the exporter finds them; `dynamic` makes the batch dimension
    a symbol. `names` of input and output are the exporter's own where they are not given, but for the input of a
    dynamic TorchScript export, which must have one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        named = {"input_names": [names[0]], "output_names": [names[1]]} if names else {}
        exported = (torchscript if exporter == "ts" else dynamo)(model, example, unfolded, dynamic, opset, named)
    strip_metadata(exported)
    onnx.checker.check_model(exported)
    return exported


def torchscript(model, example, unfolded, dynamic, opset, named):
    # PRESERVE keeps the module's mode. For a module in eval mode that leaves BatchNorm an inference operator and only
    # switches off the exporter's own folding into the convolution before it.
    modes = torch.onnx.TrainingMode
    training = modes.TRAINING if model.training else modes.PRESERVE if unfolded else modes.EVAL
    folding = not (unfolded or model.training)
    if dynamic:
        named = {"input_names": ["input"], **named}
        named["dynamic_axes"] = {named["input_names"][0]: {0: "batch"}}
    file = io.BytesIO()
    torch.onnx.export(model, (example,), file, dynamo=False, training=training, do_constant_folding=folding,
                      opset_version=opset or 17, **named)
    return onnx.load_from_string(file.getvalue())


def dynamo(model, example, unfolded, dynamic, opset, named):
    if dynamic:
        example = torch.cat([example, example])  # a dimension of 1 would be taken for a constant
    program = torch.onnx.export(model, (example,), dynamo=True, optimize=not unfolded, opset_version=opset,
                                dynamic_shapes=({0: "batch"},) if dynamic else None, verbose=False, **named)
    return program.model_proto


def strip_metadata(model):
    """Removes documentation strings and all metadata but the module paths, in the graph and in model functions."""
    model.ClearField("doc_string")
    del model.metadata_props[:]
    for graph in (model.graph, *model.functions):
        items = [graph, *graph.node, *graph.value_info]
        if isinstance(graph, onnx.GraphProto):
            items += [*graph.input, *graph.output, *graph.initializer]
        for item in items:
            item.ClearField("doc_string")
            kept = [(entry.key, entry.value) for entry in item.metadata_props if entry.key in KEPT_METADATA]
            del item.metadata_props[:]
            for key, value in kept:
                item.metadata_props.add(key=key, value=value)
