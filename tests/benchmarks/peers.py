# The engines that Intaglio is compared with: how each converts, loads and runs a model, in float32, as its documentation recommends for
# the least latency on a CPU. Each needs only its own packages, imported when it is used.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import operator
import os
import shutil
import subprocess
import sys
from typing import Optional

import numpy as np

from cases import load_case


class Peer:
    """convert() once per model; then in each process imports(), load(), step() repeatedly, outputs()."""
    distributions: tuple[str, ...] = ()

    def __init__(self, model: str, data: str, work: str, threads: int):
        self.model, self.threads = model, threads
        self.name = os.path.basename(model).removesuffix(".onnx")
        self.work = work
        self.inputs, self.expected = load_case(data)
        os.makedirs(work, exist_ok=True)

    def path(self, suffix: str) -> str:
        """A file of the converted model."""
        return os.path.join(self.work, self.name + suffix)

    def convert(self) -> None:
        """Writes what ships() names."""

    def ships(self) -> list[str]:
        """The files of the model that a user must ship."""
        return [self.model]

    def imports(self) -> None:
        """Imports the engine."""

    def load(self) -> None:
        """Gets the model ready to run."""

    def step(self) -> None:
        """Runs the model once on the inputs."""
        raise NotImplementedError

    def outputs(self) -> list[np.ndarray]:
        """The outputs of the last run."""
        raise NotImplementedError


class OnnxRuntime(Peer):
    """Inputs and outputs bound, so that no run allocates or copies them."""
    distributions = ("onnxruntime",)

    def imports(self) -> None:
        import onnxruntime
        onnxruntime.disable_telemetry_events()
        self.engine = onnxruntime

    def load(self) -> None:
        options = self.engine.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = self.engine.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        self.session = self.engine.InferenceSession(self.model, options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        value = self.engine.OrtValue.ortvalue_from_numpy
        self.bound = [value(array) for array in self.inputs]
        for node, tensor in zip(self.session.get_inputs(), self.bound):
            self.binding.bind_ortvalue_input(node.name, tensor)
        self.results = [value(np.zeros_like(array)) for array in self.expected]
        for node, tensor in zip(self.session.get_outputs(), self.results):
            self.binding.bind_ortvalue_output(node.name, tensor)

    def step(self) -> None:
        self.session.run_with_iobinding(self.binding)

    def outputs(self) -> list[np.ndarray]:
        return [result.numpy() for result in self.results]


class OpenVino(Peer):
    """Latency hint, one stream, float32 throughout, input tensors shared."""
    distributions = ("openvino",)

    def imports(self) -> None:
        import openvino
        self.engine = openvino

    def load(self) -> None:
        core = self.engine.Core()
        model = core.read_model(self.model)
        if any(node.partial_shape.is_dynamic for node in model.inputs):
            model.reshape({node: list(array.shape) for node, array in zip(model.inputs, self.inputs)})
        compiled = core.compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "f32"})
        self.request = compiled.create_infer_request()
        for index, array in enumerate(self.inputs):
            self.request.set_input_tensor(index, self.engine.Tensor(array, shared_memory=True))

    def step(self) -> None:
        self.request.infer()

    def outputs(self) -> list[np.ndarray]:
        return [self.request.get_output_tensor(index).data for index in range(len(self.expected))]


class Ncnn(Peer):
    """Converted by pnnx; float32 storage and arithmetic, pooled memory."""
    distributions = ("ncnn", "pnnx")

    def convert(self) -> None:
        import pnnx
        program = os.path.join(os.path.dirname(pnnx.__file__), "bin", "pnnx")
        if not os.path.exists(program):
            program = os.path.join(os.path.dirname(sys.executable), "pnnx")
        shapes = ",".join("[" + ",".join(map(str, array.shape)) + "]" for array in self.inputs)
        copy = self.path(".onnx")
        shutil.copyfile(self.model, copy)  # it writes beside the model
        subprocess.run([program, copy, "inputshape=" + shapes, "fp16=0"], cwd=self.work, stdout=sys.stderr, check=True)
        os.remove(copy)

    def ships(self) -> list[str]:
        stem = os.path.join(self.work, self.name.replace(".", "_").replace("-", "_"))
        if not os.path.exists(stem + ".ncnn.param"):
            stem = self.path("")
        return [stem + ".ncnn.param", stem + ".ncnn.bin"]

    def imports(self) -> None:
        import ncnn
        self.engine = ncnn

    def load(self) -> None:
        engine = self.engine
        engine.set_cpu_powersave(0)
        engine.set_omp_num_threads(self.threads)
        self.net = engine.Net()
        options = self.net.opt
        options.num_threads = self.threads
        options.use_vulkan_compute = False
        for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage", "use_bf16_packed"):
            if hasattr(options, name):
                setattr(options, name, False)
        self.pools = (engine.UnlockedPoolAllocator(), engine.PoolAllocator())
        options.blob_allocator, options.workspace_allocator = self.pools
        parameters, weights = self.ships()
        if self.net.load_param(parameters) or self.net.load_model(weights):
            raise RuntimeError("ncnn cannot load the model")
        self.tensors = [engine.Mat(array[0] if array.ndim > 1 else array).clone() for array in self.inputs]

    def step(self) -> None:
        extractor = self.net.create_extractor()
        for index, tensor in enumerate(self.tensors):
            extractor.input(f"in{index}", tensor)
        self.results = [extractor.extract(f"out{index}")[1] for index in range(len(self.expected))]

    def outputs(self) -> list[np.ndarray]:
        return [np.array(result) for result in self.results]


class Mnn(Peer):
    """Session interface, high precision (float32). Copying inputs and outputs is part of a run: that is how its tensors are filled."""
    distributions = ("MNN",)

    def convert(self) -> None:
        # The console script mnnconvert installs packages by itself; the converter's own module does not.
        import MNN  # noqa: F401, pylint: disable=unused-import  # loads the library that _tools needs
        import _tools
        _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", self.model, "--MNNModel", self.path(".mnn"),
                           "--bizCode", "compare"])

    def ships(self) -> list[str]:
        return [self.path(".mnn")]

    def imports(self) -> None:
        import MNN
        self.engine = MNN

    def load(self) -> None:
        engine = self.engine
        self.net = engine.Interpreter(self.path(".mnn"))
        self.session = self.net.createSession({"backend": "CPU", "numThread": self.threads, "precision": "high"})
        self.to = list(self.net.getSessionInputAll(self.session).values())
        if len(self.to) == 1 and tuple(self.to[0].getShape()) != self.inputs[0].shape:
            self.net.resizeTensor(self.to[0], self.inputs[0].shape)
            self.net.resizeSession(self.session)

        def tensor(array: np.ndarray):
            return engine.Tensor(array.shape, engine.Halide_Type_Float, array, engine.Tensor_DimensionType_Caffe)
        self.sources = [tensor(array) for array in self.inputs]
        self.results = list(self.net.getSessionOutputAll(self.session).values())
        self.copies = [tensor(np.zeros_like(array)) for array in self.expected]

    def step(self) -> None:
        for to, source in zip(self.to, self.sources):
            to.copyFrom(source)
        self.net.runSession(self.session)
        for result, copy in zip(self.results, self.copies):
            result.copyToHostTensor(copy)

    def outputs(self) -> list[np.ndarray]:
        return [np.array(copy.getData()) for copy in self.copies]


def torch_module(path: str):
    """The ONNX file as a PyTorch module (onnx2torch), so that the weights are the same, with Reshape and Slice by constants turned
    into what torch.export can trace."""
    import onnx
    import onnx2torch
    import onnxsim
    import torch
    simplified, _ = onnxsim.simplify(onnx.load(path))
    module = onnx2torch.convert(simplified).eval()
    parts = dict(module.named_modules())

    def constant(node) -> Optional[list[int]]:
        if node is None:
            return None
        if node.op == "call_module":
            return [int(value) for value in parts[node.target].value.reshape(-1)]
        where, _, name = node.target.rpartition(".")
        return [int(value) for value in getattr(module.get_submodule(where), name).reshape(-1)]

    for node in list(module.graph.nodes):
        kind = type(parts[node.target]).__name__ if node.op == "call_module" else ""
        if kind == "OnnxReshape":
            function, arguments = torch.reshape, (node.args[0], constant(node.args[1]))
        elif "Slice" in kind:
            starts, ends, axes, steps = map(constant, (*node.args[1:], *[None] * (5 - len(node.args))))
            axes = axes or list(range(len(starts)))
            index = [slice(None)] * (max(axes) + 1)
            for start, end, axis, step in zip(starts, ends, axes, steps or [1] * len(starts)):
                index[axis] = slice(start, end, step)
            function, arguments = operator.getitem, (node.args[0], tuple(index))
        else:
            continue
        with module.graph.inserting_before(node):
            replacement = module.graph.call_function(function, arguments)
        node.replace_all_uses_with(replacement)
        module.graph.erase_node(node)
    module.graph.eliminate_dead_code()
    module.recompile()
    return module


class Inductor(Peer):
    """PyTorch's compiler ahead of time, with freezing, for the number of threads it runs with."""
    distributions = ("torch",)

    def imports(self) -> None:
        import torch
        torch.set_num_threads(self.threads)
        torch.set_grad_enabled(False)
        self.engine = torch

    def convert(self) -> None:
        import torch
        import torch._inductor.config as config
        torch.set_num_threads(self.threads)
        config.freezing = True
        config.cpp.threads = self.threads
        with torch.no_grad():
            program = torch.export.export(torch_module(self.model), tuple(map(torch.from_numpy, self.inputs)))
            torch._inductor.aoti_compile_and_package(program, package_path=self.ships()[0])

    def ships(self) -> list[str]:
        return [self.path(f".{self.threads}.pt2")]

    def load(self) -> None:
        self.function = self.engine._inductor.aoti_load_package(self.ships()[0])
        self.tensors = list(map(self.engine.from_numpy, self.inputs))

    def step(self) -> None:
        result = self.function(*self.tensors)
        self.results = result if isinstance(result, (list, tuple)) else [result]

    def outputs(self) -> list[np.ndarray]:
        return [result.numpy() for result in self.results]


class LiteRt(Peer):
    """LiteRT with its XNNPACK delegate, converted through PyTorch."""
    distributions = ("ai-edge-litert",)

    def convert(self) -> None:
        import ai_edge_litert  # noqa: F401, pylint: disable=unused-import  # first, so that its absence is what is reported
        import litert_torch
        import torch
        litert_torch.convert(torch_module(self.model), tuple(map(torch.from_numpy, self.inputs))).export(self.path(".tflite"))

    def ships(self) -> list[str]:
        return [self.path(".tflite")]

    def imports(self) -> None:
        from ai_edge_litert import interpreter
        self.engine = interpreter

    def load(self) -> None:
        self.net = self.engine.Interpreter(model_path=self.path(".tflite"), num_threads=self.threads)
        self.net.allocate_tensors()
        for detail, array in zip(self.net.get_input_details(), self.inputs):
            self.net.set_tensor(detail["index"], array)

    def step(self) -> None:
        self.net.invoke()

    def outputs(self) -> list[np.ndarray]:
        return [self.net.get_tensor(detail["index"]) for detail in self.net.get_output_details()]


class Tvm(Peer):
    """The default CPU pipeline, without tuning."""
    distributions = ("apache-tvm",)

    def convert(self) -> None:
        import onnx
        import tvm
        from tvm import relax
        from tvm.relax.frontend.onnx import from_onnx
        module = from_onnx(onnx.load(self.model), keep_params_in_input=False)
        module = relax.transform.DecomposeOpsForInference()(module)
        processor = tvm.target.codegen.llvm_get_system_cpu()
        target = tvm.target.Target({"kind": "llvm", "mcpu": processor, "num-cores": self.threads})
        tvm.compile(module, target=target).export_library(self.ships()[0])

    def ships(self) -> list[str]:
        return [self.path(f".{self.threads}.so")]

    def imports(self) -> None:
        os.environ["TVM_NUM_THREADS"] = str(self.threads)
        import tvm
        from tvm import relax
        self.engine, self.relax = tvm, relax

    def load(self) -> None:
        device = self.engine.cpu()
        self.machine = self.relax.VirtualMachine(self.engine.runtime.load_module(self.ships()[0]), device)
        self.tensors = [self.engine.runtime.tensor(array, device) for array in self.inputs]

    def step(self) -> None:
        self.result = self.machine["main"](*self.tensors)

    def outputs(self) -> list[np.ndarray]:
        results = [self.result] if hasattr(self.result, "numpy") else self.result
        return [result.numpy() for result in results]


class Iree(Peer):
    """Compiled for this processor at the highest optimisation level."""
    distributions = ("iree-base-compiler", "iree-base-runtime")

    def convert(self) -> None:
        import iree.compiler  # noqa: F401, pylint: disable=unused-import  # so that its absence is what is reported
        folder = os.path.dirname(sys.executable)
        graph = self.path(".mlir")
        subprocess.run([os.path.join(folder, "iree-import-onnx"), self.model, "--opset-version", "18", "-o", graph],
                       stdout=sys.stderr, check=True)
        subprocess.run([os.path.join(folder, "iree-compile"), graph, "-o", self.path(".vmfb"), "--iree-opt-level=O3",
                        "--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu",
                        "--iree-llvmcpu-target-cpu=host"], stdout=sys.stderr, check=True)
        os.remove(graph)

    def ships(self) -> list[str]:
        return [self.path(".vmfb")]

    def imports(self) -> None:
        import iree.runtime
        self.engine = iree.runtime

    def load(self) -> None:
        driver = "local-sync" if self.threads == 1 else "local-task"
        if self.threads > 1:
            processors = sorted(os.sched_getaffinity(0))[:self.threads]
            self.engine.flags.parse_flags("--task_topology_cpu_ids=" + ",".join(map(str, processors)))
        self.module = self.engine.load_vm_flatbuffer_file(self.path(".vmfb"), driver=driver)
        names = [name for name in self.module.vm_module.function_names
                 if not name.startswith("__") and not name.endswith("$async")]
        self.function = getattr(self.module, names[0])
        device = self.module._context.config.device
        self.tensors = [self.engine.asdevicearray(device, array) for array in self.inputs]

    def step(self) -> None:
        result = self.function(*self.tensors)
        results = result if isinstance(result, (list, tuple)) else [result]
        self.results = [value.to_host() for value in results]

    def outputs(self) -> list[np.ndarray]:
        return self.results


class Tract(Peer):
    """Through its Python binding, which runs on one thread."""
    distributions = ("tract",)

    def imports(self) -> None:
        import tract
        self.engine = tract

    def load(self) -> None:
        if self.threads > 1:
            raise RuntimeError("runs on one thread only")
        model = self.engine.onnx().load(self.model)
        for index, array in enumerate(self.inputs):
            model.set_input_fact(index, ",".join(map(str, array.shape)) + ",f32")
        self.state = model.into_model().into_runnable().spawn_state()
        self.tensors = [self.engine.Tensor.from_numpy(array) for array in self.inputs]

    def step(self) -> None:
        self.results = self.state.run(self.tensors)

    def outputs(self) -> list[np.ndarray]:
        return [result.to_numpy() for result in self.results]


PEERS: dict[str, type[Peer]] = {
    "onnxruntime": OnnxRuntime, "openvino": OpenVino, "ncnn": Ncnn, "mnn": Mnn, "litert": LiteRt, "inductor": Inductor,
    "tract": Tract, "iree": Iree, "tvm": Tvm}
# Those that install beside each other from requirements.txt.
REQUIRED = ("onnxruntime", "openvino", "ncnn", "mnn")
