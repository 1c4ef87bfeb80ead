# Times a model in ONNX Runtime, for `intaglio bench --against onnxruntime`. Usage: onnxruntime.py SPEC.json
# SPEC: {"model", "threads", "seconds", "inputs": [{"name", "type", "shape", "file"}]}. Prints {"version", "pinned",
# "milliseconds": one per run after the first}.
# SPDX-License-Identifier: 0BSD
import json
import os
import sys
import time


def pin(threads):
    try:
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) < threads:
            return False
        os.sched_setaffinity(0, allowed[:threads])
        return True
    except (AttributeError, OSError):
        return False


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    pinned = pin(spec["threads"])
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = spec["threads"]
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(spec["model"], options, providers=["CPUExecutionProvider"])
    values = {i["name"]: numpy.fromfile(i["file"], dtype=i["type"]).reshape(i["shape"]) for i in spec["inputs"]}
    wanted = {port.name for port in session.get_inputs()}
    values = {name: value for name, value in values.items() if name in wanted}
    times = []
    until = time.perf_counter() + spec["seconds"]
    runs = 0
    while runs < 3 or time.perf_counter() < until:
        start = time.perf_counter()
        session.run(None, values)
        if runs > 0:
            times.append((time.perf_counter() - start) * 1e3)
        runs += 1
    print(json.dumps({"version": onnxruntime.__version__, "pinned": pinned, "milliseconds": times}))


if __name__ == "__main__":
    main()
