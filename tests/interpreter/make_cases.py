#!/usr/bin/env python3
"""Writes onnxruntime_cases.txt: one-operator graphs in IR text with inputs and the results that ONNX Runtime computes.

Needs onnx, onnxruntime and numpy; the tests need only the file. Usage: make_cases.py > onnxruntime_cases.txt
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

random = np.random.RandomState(20)
onnxruntime.set_default_logger_severity(4)
TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64,
         "int32": TensorProto.INT32, "bool": TensorProto.BOOL}


def floats(*shape):
    return np.round(random.uniform(-2, 2, shape), 2).astype(np.float32)


def listed(values, dtype=np.float32):
    return np.array(values, dtype)


def text_of(name, array):
    shape = "x".join(str(extent) for extent in array.shape) or "scalar"
    values = " ".join(str(int(value)) if array.dtype == np.bool_ else str(value) for value in array.flatten())
    return f"{name}: {array.dtype} {shape} = {values}".rstrip()


def case(name, operation, node_type, inputs, constants=None, outputs=("y",), opset=19, order=None, refused=None, **attributes):
    """inputs: operands in both worlds; constants: further ONNX inputs, which the IR has as attributes.
    order: ONNX's operand names when they are not inputs then constants; "" for an absent one.
    refused: the result's type as IR text and why these inputs have none; ONNX Runtime must refuse them too."""
    constants = constants or {}
    names = order or [*inputs, *constants]
    node = helper.make_node(node_type, names, list(outputs), **attributes)
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info(n, TYPES[str(v.dtype)], v.shape) for n, v in inputs.items()],
        [helper.make_empty_tensor_value_info(n) for n in outputs if n],
        [numpy_helper.from_array(v, n) for n, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    results = []
    try:
        results = session.run([n for n in outputs if n], inputs)
        assert refused is None, name
    except Exception as error:
        if refused is None or isinstance(error, AssertionError):
            raise
    print(f"case {name}")
    for key, value in inputs.items():
        print("input", text_of(key, value))
    print("node", ", ".join(n or "_" for n in outputs), "=", operation)
    for key, value in zip([n for n in outputs if n], results):
        print("expect", text_of(key, np.asarray(value)))
    if refused is not None:
        print(f"refuse {outputs[0]}: {refused[0]} = {refused[1]}")
    print()


def unary_cases():
    special = listed([0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-8, 3, -3, 7, -7, 20, -20, 90, -90, np.inf, np.nan])
    for kind, node_type, attributes, parameters in [
            ("neg", "Neg", {}, ""), ("abs", "Abs", {}, ""), ("sqrt", "Sqrt", {}, ""), ("reciprocal", "Reciprocal", {}, ""),
            ("exp", "Exp", {}, ""), ("log", "Log", {}, ""), ("floor", "Floor", {}, ""), ("ceil", "Ceil", {}, ""),
            ("round", "Round", {}, ""), ("erf", "Erf", {}, ""), ("relu", "Relu", {}, ""),
            ("leaky_relu", "LeakyRelu", {"alpha": 0.1}, " {alpha 0.1}"), ("elu", "Elu", {"alpha": 1.5}, " {alpha 1.5}"),
            ("selu", "Selu", {"alpha": 1.5, "gamma": 0.75}, " {alpha 1.5, beta 0.75}"),
            ("celu", "Celu", {"alpha": 0.5}, " {alpha 0.5}"),
            ("thresholded_relu", "ThresholdedRelu", {"alpha": 0.75}, " {alpha 0.75}"),
            ("hard_sigmoid", "HardSigmoid", {"alpha": 0.3, "beta": 0.4}, " {alpha 0.3, beta 0.4}"),
            ("sigmoid", "Sigmoid", {}, ""), ("tanh", "Tanh", {}, ""), ("sinh", "Sinh", {}, ""),
            ("softsign", "Softsign", {}, "")]:
        x = special
        if kind in ("elu", "selu", "celu", "thresholded_relu", "hard_sigmoid", "sigmoid", "tanh", "softsign", "erf"):
            x = special[:-2]  # the runtimes do not agree on infinities and NaN here
        case(kind, f"{kind}(x){parameters}", node_type, {"x": x}, **attributes)
    finite = special[:-2]
    case("softplus", "softplus(x)", "Softplus", {"x": finite})
    case("mish", "mish(x)", "Mish", {"x": finite})
    case("hard_swish", "hard_swish(x)", "HardSwish", {"x": finite})
    case("gelu", "gelu(x)", "Gelu", {"x": finite}, opset=20)
    case("gelu_tanh", "gelu_tanh(x)", "Gelu", {"x": finite}, opset=20, approximate="tanh")
    case("sign", "sign(x)", "Sign", {"x": finite})
    case("clip", "clip(x) {alpha -0.5, beta 2}", "Clip", {"x": special}, {"low": listed(-0.5), "high": listed(2)})
    case("logical_not", "logical_not(x)", "Not", {"x": listed([True, False], np.bool_)})
    integers = listed([5, -7, 0, 2**40, -2**40], np.int64)
    case("neg_int64", "neg(x)", "Neg", {"x": integers})
    case("abs_int64", "abs(x)", "Abs", {"x": integers})
    case("sign_int64", "sign(x)", "Sign", {"x": integers})
    case("clip_int64", "clip(x) {alpha -4, beta 4}", "Clip", {"x": integers},
         {"low": listed(-4, np.int64), "high": listed(4, np.int64)})


def binary_cases():
    a, b = floats(2, 1, 3), floats(4, 1)
    for kind, node_type in [("add", "Add"), ("sub", "Sub"), ("mul", "Mul"), ("div", "Div"), ("min", "Min"), ("max", "Max"),
                            ("prelu", "PRelu")]:
        left = floats(2, 4, 3) if kind == "prelu" else a
        case(kind, f"{kind}(a, b)", node_type, {"a": left, "b": b})
    x, y = listed([7, -7, 7, -7, 0, 2**33], np.int64), listed([2, 2, -2, -2, 5, 3], np.int64)
    for kind, node_type in [("add", "Add"), ("mul", "Mul"), ("div", "Div"), ("min", "Min"), ("max", "Max")]:
        case(f"{kind}_int64", f"{kind}(a, b)", node_type, {"a": x, "b": y})
    case("div_int32", "div(a, b)", "Div", {"a": x[:5].astype(np.int32), "b": y[:5].astype(np.int32)})
    nan = listed([np.nan, 1, np.nan])
    case("max_nan", "max(a, b)", "Max", {"a": nan, "b": listed([1, np.nan, np.nan])})
    case("min_nan", "min(a, b)", "Min", {"a": nan, "b": listed([1, np.nan, np.nan])})
    case("pow", "pow(a, b)", "Pow", {"a": listed([2, -2, 4, 0, 0.5, 9]), "b": listed([3, 3, 0.5, 2, -2, -0.5])})
    case("pow_int_exponent", "pow(a, b)", "Pow", {"a": floats(5), "b": listed([0, 1, 2, 3, -2], np.int64)})
    case("pow_float_exponent", "pow(a, b)", "Pow", {"a": listed([10, 3, -4], np.int64), "b": listed([2, 3, 3])})
    case("pow_int64", "pow(a, b)", "Pow", {"a": listed([2, -3, 7], np.int64), "b": listed([10, 3, 0], np.int64)})
    c, d = listed([1, 2, 3, np.nan]), listed([2, 2, 2, 2])
    for kind, node_type in [("equal", "Equal"), ("greater", "Greater"), ("less", "Less"),
                            ("greater_or_equal", "GreaterOrEqual"), ("less_or_equal", "LessOrEqual")]:
        case(kind, f"{kind}(a, b)", node_type, {"a": c, "b": d})
    p, q = listed([[1], [0]], np.bool_), listed([1, 0], np.bool_)
    case("logical_and", "logical_and(a, b)", "And", {"a": p, "b": q})
    case("logical_or", "logical_or(a, b)", "Or", {"a": p, "b": q})
    case("where", "where(c, a, b)", "Where", {"c": listed([[1], [0], [1]], np.bool_), "a": floats(2, 1, 1), "b": floats(4)})
    case("where_int64", "where(c, a, b)", "Where",
         {"c": listed([1, 0], np.bool_), "a": listed([1, 2], np.int64), "b": listed([3, 4], np.int64)})
    for source in ("float32", "float64", "int64", "int32", "bool"):
        for target in TYPES:
            if source == target:
                continue
            values = [0, 1, -1.75, 2.5, -100, 3e6] if "float" in source else [0, 1, -5, 70000]
            case(f"cast_{source}_{target}", "cast(x)", "Cast", {"x": listed(values, source)}, to=TYPES[target])


def window(kernel, strides=None, dilations=None, pads=None):
    rank = len(kernel)
    attributes = {"kernel_shape": kernel}
    text = "kernel " + "x".join(map(str, kernel))
    if strides:
        attributes["strides"] = strides
        text += ", strides " + "x".join(map(str, strides))
    if dilations:
        attributes["dilations"] = dilations
        text += ", dilations " + "x".join(map(str, dilations))
    if pads:
        attributes["pads"] = pads
        text += ", pads " + "x".join(map(str, pads[:rank])) + " " + "x".join(map(str, pads[rank:]))
    return text, attributes


def convolution_cases():
    for name, shape, out, group, bias, arguments in [
            ("plain", (1, 3, 5, 6), 4, 1, True, ([3, 3],)),
            ("stride_pad", (2, 3, 5, 6), 2, 1, True, ([3, 2], [2, 1], [1, 1], [1, 0, 2, 1])),
            ("dilation_group", (1, 4, 7, 7), 6, 2, False, ([3, 3], [1, 2], [2, 2], [2, 1, 0, 3])),
            ("depthwise", (1, 3, 5, 5), 3, 3, True, ([3, 3], [1, 1], [1, 1], [1, 1, 1, 1])),
            ("many_channels", (1, 19, 3, 3), 3, 1, True, ([2, 2],)),
            ("one_dimension", (2, 3, 9), 5, 1, True, ([4], [3], [2], [2, 5])),
            ("pointwise", (1, 5, 2, 3), 3, 1, False, ([1, 1],))]:
        text, attributes = window(*arguments)
        inputs = {"x": floats(*shape), "w": floats(out, shape[1] // group, *arguments[0])}
        if bias:
            inputs["b"] = floats(out)
        suffix = f", group {group}" if group > 1 else ""
        case(f"conv_{name}", f"conv({', '.join(inputs)}) {{{text}{suffix}}}", "Conv", inputs, group=group, **attributes)
    for name, shape, out, group, arguments, output_padding in [
            ("plain", (1, 3, 4, 3), 2, 1, ([3, 3],), None),
            ("stride", (1, 2, 3, 4), 3, 1, ([3, 3], [2, 2], [1, 1], [1, 1, 1, 1]), None),
            ("output_padding", (1, 2, 3, 4), 3, 1, ([3, 3], [2, 2], [1, 1], [1, 1, 1, 1]), [1, 1]),
            ("group_dilation", (2, 4, 3, 3), 6, 2, ([2, 3], [3, 2], [2, 3], [0, 2, 1, 0]), None),
            ("negative_pad", (1, 2, 3, 3), 2, 1, ([2, 2], [3, 3], [1, 1], [0, 0, 0, 0]), [2, 1]),
            ("many_channels", (1, 10, 2, 3), 2, 1, ([4, 4], [2, 2], [1, 1], [1, 1, 1, 1]), None),
            ("one_dimension", (1, 3, 5), 2, 1, ([4], [3], [1], [1, 0]), None)]:
        text, attributes = window(*arguments)
        if output_padding:
            attributes["output_padding"] = output_padding
            pads, rank = arguments[3], len(arguments[0])
            ends = [pad - extra for pad, extra in zip(pads[rank:], output_padding)]
            text = window(*arguments[:3], pads[:rank] + ends)[0]
        inputs = {"x": floats(*shape), "w": floats(shape[1], out // group, *arguments[0]), "b": floats(out)}
        suffix = f", group {group}" if group > 1 else ""
        case(f"conv_transpose_{name}", f"conv_transpose(x, w, b) {{{text}{suffix}}}", "ConvTranspose", inputs, group=group,
             **attributes)
    case("gemm", "gemm(a, b, c)", "Gemm", {"a": floats(3, 4), "b": floats(4, 9), "c": floats(9)})
    case("gemm_transposed", "gemm(a, b, c) {trans_a, trans_b, alpha 0.5, beta 2}", "Gemm",
         {"a": floats(4, 3), "b": floats(2, 4), "c": floats(3, 1)}, transA=1, transB=1, alpha=0.5, beta=2.0)
    case("gemm_no_addend", "gemm(a, b) {alpha 1.5}", "Gemm", {"a": floats(2, 4), "b": floats(4, 3)}, alpha=1.5)
    case("gemm_float64", "gemm(a, b, c)", "Gemm", {"a": floats(2, 3).astype(np.float64), "b": floats(3, 2).astype(np.float64),
                                                  "c": floats(2).astype(np.float64)})
    case("matmul", "matmul(a, b)", "MatMul", {"a": floats(2, 1, 3, 4), "b": floats(3, 4, 2)})
    case("matmul_vectors", "matmul(a, b)", "MatMul", {"a": floats(5), "b": floats(5)})
    case("matmul_row", "matmul(a, b)", "MatMul", {"a": floats(4), "b": floats(2, 4, 3)})
    case("matmul_column", "matmul(a, b)", "MatMul", {"a": floats(2, 3, 4), "b": floats(4)})
    case("matmul_int64", "matmul(a, b)", "MatMul", {"a": listed([[1, -2], [3, 4]], np.int64), "b": listed([[5, 6], [7, 8]], np.int64)})


def normalization_cases():
    x = floats(2, 3, 2, 2)
    parameters = {"s": floats(3), "b": floats(3), "m": floats(3), "v": np.abs(floats(3))}
    case("batch_norm", "batch_norm(x, s, b, m, v) {epsilon 0.001}", "BatchNormalization", {"x": x, **parameters}, epsilon=0.001)
    case("batch_norm_training", "batch_norm(x, s, b, m, v) {epsilon 0.001, training, momentum 0.8}", "BatchNormalization",
         {"x": x, **parameters}, outputs=("y", "mean", "variance"), epsilon=0.001, momentum=0.8, training_mode=1)
    case("instance_norm", "group_norm(x, s, b) {groups 3, epsilon 0.01}", "InstanceNormalization",
         {"x": x, "s": floats(3), "b": floats(3)}, epsilon=0.01)
    case("group_norm", "group_norm(x, s, b) {groups 2, epsilon 0.01}", "GroupNormalization",
         {"x": floats(2, 6, 3), "s": floats(6), "b": floats(6)}, opset=21, num_groups=2, epsilon=0.01)
    case("layer_norm", "layer_norm(x, s, b) {axis 2, epsilon 0.001}", "LayerNormalization",
         {"x": floats(2, 3, 20), "s": floats(20), "b": floats(20)}, outputs=("y", "mean", "inverse"), axis=-1, epsilon=0.001)
    case("layer_norm_two_axes", "layer_norm(x, s) {axis 1, epsilon 1e-05}", "LayerNormalization",
         {"x": floats(2, 3, 4), "s": floats(3, 4)}, axis=1)
    case("softmax", "softmax(x) {axis 1}", "Softmax", {"x": floats(2, 5, 3)}, axis=1)
    case("softmax_large", "softmax(x) {axis 0}", "Softmax", {"x": listed([1000, 999, -np.inf])}, axis=0)
    case("log_softmax", "log_softmax(x) {axis 2}", "LogSoftmax", {"x": 10 * floats(2, 2, 19)}, axis=2)


def pooling_cases():
    x = floats(1, 2, 5, 6)
    text, attributes = window([3, 2], [2, 2], None, [1, 0, 1, 1])
    case("max_pool", f"max_pool(x) {{{text}}}", "MaxPool", {"x": x}, outputs=("y", "i"), **attributes)
    case("max_pool_columns", f"max_pool(x) {{{text}, storage_order 1}}", "MaxPool", {"x": x}, outputs=("y", "i"),
         storage_order=1, **attributes)
    case("max_pool_ceil", "max_pool(x) {kernel 3x3, strides 2x2}", "MaxPool", {"x": floats(1, 1, 6, 6)}, kernel_shape=[3, 3],
         strides=[2, 2], ceil_mode=1)
    text, attributes = window([2, 2], [1, 1], [2, 3], [1, 1, 1, 1])
    case("max_pool_dilated", f"max_pool(x) {{{text}}}", "MaxPool", {"x": x}, outputs=("y", "i"), **attributes)
    text, attributes = window([3], [2], None, [1, 1])
    case("max_pool_1d", f"max_pool(x) {{{text}}}", "MaxPool", {"x": floats(2, 2, 7)}, outputs=("y", "i"), **attributes)
    text, attributes = window([3, 3], [2, 2], None, [1, 1, 1, 1])
    for pad in (0, 1):
        suffix = ", count_include_pad" if pad else ""
        case(f"average_pool_{pad}", f"average_pool(x) {{{text}{suffix}}}", "AveragePool", {"x": x}, count_include_pad=pad, **attributes)
        case(f"average_pool_ceil_{pad}", f"average_pool(x) {{{text}{suffix}}}", "AveragePool", {"x": floats(1, 1, 6, 6)},
             count_include_pad=pad, ceil_mode=1, **attributes)
    text, attributes = window([2, 2], [1, 2], [2, 2], [1, 1, 0, 1])
    case("average_pool_dilated", f"average_pool(x) {{{text}}}", "AveragePool", {"x": x}, **attributes)
    case("average_pool_1d", "average_pool(x) {kernel 3, pads 1 2}", "AveragePool", {"x": floats(1, 2, 5)}, kernel_shape=[3], pads=[1, 2])
    # A window larger than its padded input hangs over the end.
    small = np.arange(6, dtype=np.float32).reshape(1, 1, 2, 3)
    for kind, node_type in (("max_pool", "MaxPool"), ("average_pool", "AveragePool"), ("lp_pool", "LpPool")):
        for kernel, strides, pads in (([3, 3], [2, 2], None), ([3, 5], [3, 3], None), ([4, 4], [2, 2], [1, 0, 0, 0])):
            text, attributes = window(kernel, strides, None, pads)
            name = f"{kind}_overhang_{'x'.join(map(str, kernel))}"
            case(name, f"{kind}(x) {{{text}}}", node_type, {"x": small}, ceil_mode=1, **attributes)
    text, attributes = window([3, 2], [2, 1], None, [1, 0, 1, 1])
    for p in (1, 2, 3):
        case(f"lp_pool_{p}", f"lp_pool(x) {{{text}, p {p}}}", "LpPool", {"x": x}, p=p, **attributes)


def reduction_cases():
    x = floats(2, 3, 4)
    for kind, node_type in [("mean", "ReduceMean"), ("sum", "ReduceSum"), ("max", "ReduceMax"), ("min", "ReduceMin"),
                            ("prod", "ReduceProd"), ("l1", "ReduceL1"), ("l2", "ReduceL2"), ("sum_square", "ReduceSumSquare")]:
        case(f"reduce_{kind}", f"reduce_{kind}(x) {{axes 0 2}}", node_type, {"x": x}, {"axes": listed([0, 2], np.int64)})
        case(f"reduce_{kind}_middle", f"reduce_{kind}(x) {{axes 1, keep_dims false}}", node_type, {"x": x},
             {"axes": listed([1], np.int64)}, keepdims=0)
        if kind in ("sum", "max", "min", "prod"):
            case(f"reduce_{kind}_int64", f"reduce_{kind}(x) {{axes 0}}", node_type, {"x": listed([[3, -4], [5, 7]], np.int64)},
                 {"axes": listed([0], np.int64)})
    case("reduce_sum_no_elements", "reduce_sum(x) {axes 1}", "ReduceSum", {"x": np.zeros((2, 0), np.float32)},
         {"axes": listed([1], np.int64)})
    ties = listed([[1, 3, 3, 2], [0, -1, 5, -1]])
    for last in (0, 1):
        suffix = ", select_last_index" if last else ""
        case(f"arg_max_{last}", f"arg_max(x) {{axis 1{suffix}}}", "ArgMax", {"x": ties}, axis=1, select_last_index=last)
        case(f"arg_min_{last}", f"arg_min(x) {{axis 1, keep_dims false{suffix}}}", "ArgMin", {"x": ties}, axis=1, keepdims=0,
             select_last_index=last)
    case("arg_max_outer", "arg_max(x) {axis 0}", "ArgMax", {"x": floats(3, 2, 2)}, axis=0)


def folded_cases():
    """What only constant folding computes."""
    wide = listed([[-1000.5, -3.5, -0.75, -0.0], [0.25, 1.5, 7, 123456]])
    for name in ("Sin", "Cos", "Tan", "Atan", "Asinh"):
        case(name.lower(), f"{name.lower()}(x)", name, {"x": wide})
    case("cosh", "cosh(x)", "Cosh", {"x": floats(2, 5)})
    case("acosh", "acosh(x)", "Acosh", {"x": floats(2, 5) + 3})
    inside = listed([-1, -0.75, -0.0, 0.001, 0.5, 1])
    for name in ("Asin", "Acos", "Atanh"):
        case(name.lower(), f"{name.lower()}(x)", name, {"x": inside[1:-1] if name == "Atanh" else inside})
    x = floats(2, 3, 4)
    for exclusive in (0, 1):
        for reverse in (0, 1):
            flags = (", exclusive" if exclusive else "") + (", reverse" if reverse else "")
            case(f"cumulative_sum_{exclusive}{reverse}", f"cumulative_sum(x) {{axis 1{flags}}}", "CumSum", {"x": x},
                 {"axis": np.array(-2, np.int64)}, exclusive=exclusive, reverse=reverse)
    case("cumulative_sum_integers", "cumulative_sum(x) {axis 0}", "CumSum", {"x": listed([3, -5, 2**62, 2**62], np.int64)},
         {"axis": np.array(0, np.int32)})


def movement_cases():
    x = floats(2, 3, 4)
    case("concat", "concat(a, b, c) {axis 1}", "Concat", {"a": floats(2, 1, 3), "b": floats(2, 0, 3), "c": floats(2, 2, 3)}, axis=1)
    case("slice", "slice(x) {starts 0 2 3, steps 1 -1 -2}", "Slice", {"x": x},
         {"starts": listed([2, 3], np.int64), "ends": listed([-9, -9], np.int64), "axes": listed([1, 2], np.int64),
          "steps": listed([-1, -2], np.int64)})
    pads = listed([1, 0, 2, 0, 1, 3], np.int64)
    for mode in ("constant", "reflect", "edge", "wrap"):
        case(f"pad_{mode}", f"pad(x) {{mode {mode}, begins 1 0 2, ends 0 1 3}}", "Pad", {"x": x}, {"pads": pads}, mode=mode)
    case("pad_value", "pad(x, v) {mode constant, begins -1 0 1, ends 0 1 -2}", "Pad", {"x": x, "v": listed(7)},
         {"pads": listed([-1, 0, 1, 0, 1, -2], np.int64)}, order=["x", "pads", "v"])
    for mode in ("constant", "reflect", "edge", "wrap"):
        for begin in (-2, -1, 0, 1, 6):
            for end in (-1, 0, 1, 7):
                left = 4 + min(begin, 0) + min(end, 0)
                if (begin, end) == (0, 0) or (mode == "reflect" and max(begin, end) >= left):
                    continue
                name = f"pad_{mode}_{begin}_{end}".replace("-", "minus")
                case(name, f"pad(x) {{mode {mode}, begins {begin}, ends {end}}}", "Pad", {"x": listed([1, 2, 3, 4])},
                     {"pads": listed([begin, end], np.int64)}, mode=mode)
    case("transpose", "transpose(x) {permutation 2 0 1}", "Transpose", {"x": x}, perm=[2, 0, 1])
    case("reshape", "reshape(x)", "Reshape", {"x": x}, {"shape": listed([4, -1], np.int64)})
    case("expand", "expand(x)", "Expand", {"x": floats(3, 1)}, {"shape": listed([2, 1, 4], np.int64)})
    case("tile", "tile(x) {repeats 1 2 3}", "Tile", {"x": floats(1, 2, 2)}, {"repeats": listed([1, 2, 3], np.int64)})
    case("gather", "gather(x, i) {axis 1}", "Gather", {"x": x, "i": listed([[0, -1], [2, 1]], np.int64)}, axis=1)
    case("gather_scalar", "gather(x, i) {axis 0}", "Gather", {"x": listed([5, 6, 7], np.int64), "i": listed(-3, np.int32)}, axis=0)

    def gather_elements(name, x, i, axis):
        case(f"gather_elements_{name}", f"gather_elements(x, i) {{axis {axis % x.ndim}}}", "GatherElements", {"x": x, "i": i}, axis=axis)
    places = listed([[[0, -1, 1, -2], [1, 1, 0, 0], [-1, 0, 0, 1]]], np.int64)  # in range along each axis of x
    gather_elements("first_axis", x, places, 0)
    gather_elements("middle_axis", x, np.concatenate([places, places, places[::-1]], 1)[:, :5].repeat(2, 0), 1)
    gather_elements("last_axis", x, listed([[[3], [-4], [0]], [[-1], [2], [1]]], np.int32), -1)
    gather_elements("int64", listed([2**40, -5, 7], np.int64), listed([2, -3, 0, 0], np.int64), 0)
    gather_elements("bool", listed([[1, 0], [0, 0]], np.bool_), listed([[0, 1, -2], [1, -1, 0]], np.int32), 1)
    gather_elements("nothing", floats(2, 0), np.zeros((3, 0), np.int64), 0)
    for operator, node_type in [("gather", "Gather"), ("gather_elements", "GatherElements")]:
        for side, index in [("above", 3), ("below", -4)]:
            case(f"{operator}_{side}_the_axis", f"{operator}(x, i) {{axis 0}}", node_type,
                 {"x": listed([1, 2, 3]), "i": listed([index], np.int64)}, axis=0,
                 refused=("float32 1", f"{node_type} index {index} is outside an axis of 3 elements"))


def resize_cases():
    x = floats(1, 1, 3, 4)
    empty = listed([])
    def resize(name, scales, text, x=x, roi=empty, **attributes):
        case(f"resize_{name}", f"resize(x) {{{text}, scales {' '.join(str(np.float32(s)) for s in scales)}"
             + (f", roi {' '.join(str(r) for r in roi)}" if len(roi) else "") + TAIL.get(name, "") + "}", "Resize", {"x": x},
             {"roi": roi, "scales": listed(scales)}, order=["x", "roi", "scales"], **attributes)
    TAIL = {"linear_crop": ", extrapolation -5", "nearest_crop": ", extrapolation -5", "cubic": ", cubic_coefficient -0.75",
            "cubic_exclude": ", cubic_coefficient -0.5, exclude_outside", "cubic_align": ", cubic_coefficient -0.75",
            "linear_antialias": ", antialias", "cubic_antialias": ", cubic_coefficient -0.75, antialias"}
    up, mixed, down = [1, 1, 2, 2], [1, 1, 2.5, 0.5], [1, 1, 0.5, 0.4]
    for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        for transform in ("half_pixel", "asymmetric"):
            resize(f"nearest_{transform}_{rounding}", up, f"mode nearest, coordinates {transform}, nearest {rounding}", mode="nearest",
                   coordinate_transformation_mode=transform, nearest_mode=rounding)
    resize("nearest_align", mixed, "mode nearest, coordinates align_corners, nearest round_prefer_ceil", mode="nearest",
           coordinate_transformation_mode="align_corners", nearest_mode="round_prefer_ceil")
    for transform in ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"):
        resize(f"linear_{transform}", mixed, f"mode linear, coordinates {transform}", mode="linear", coordinate_transformation_mode=transform)
        resize(f"linear_{transform}_single", [1, 1, 0.4, 2], f"mode linear, coordinates {transform}", mode="linear",
               coordinate_transformation_mode=transform)
    resize("cubic", mixed, "mode cubic, coordinates half_pixel", mode="cubic")
    resize("cubic_align", up, "mode cubic, coordinates align_corners", mode="cubic", coordinate_transformation_mode="align_corners")
    resize("cubic_exclude", up, "mode cubic, coordinates half_pixel", mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
    large = floats(1, 1, 6, 7)
    resize("linear_antialias", down, "mode linear, coordinates half_pixel", x=large, mode="linear", antialias=1)
    resize("cubic_antialias", down, "mode cubic, coordinates half_pixel", x=large, mode="cubic", antialias=1)
    roi = listed([0, 0, 0.25, -0.5, 1, 1, 0.75, 1.25])
    resize("linear_crop", up, "mode linear, coordinates tf_crop_and_resize", roi=roi, mode="linear",
           coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=-5.0)
    resize("nearest_crop", up, "mode nearest, coordinates tf_crop_and_resize, nearest round_prefer_floor", roi=roi, mode="nearest",
           coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=-5.0)
    resize("linear_1d", [1, 1, 1.5], "mode linear, coordinates half_pixel", x=floats(1, 2, 5), mode="linear")


print("# Made by make_cases.py; not edited by hand.")
for make in (unary_cases, binary_cases, convolution_cases, normalization_cases, pooling_cases, reduction_cases, movement_cases,
             resize_cases, folded_cases):
    make()
