"""Rooflines of networks: every step's rate over its arithmetic intensity, from the kernel benchmark's JSON.

  kernels_benchmark --benchmark_out=kernels.json --benchmark_out_format=json MODEL.onnx...
  roofline.py kernels.json roofline.png --bandwidth 20

The horizontal line is the multiply-add rate measured beside the steps, the slanted one the bandwidth of memory, which
--bandwidth gives in GB/s (a plain read of an array larger than the caches). Points above the slanted line find their
data in caches; points above the horizontal one are Winograd convolutions, counted as the direct ones they replace. The
area of a point grows with the time of the step.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import argparse
import collections
import json
import math


def read_steps(path):
    """{network: [(kernel, FLOP per byte, GFLOP/s, ms)]} and the multiply-add rate in GFLOP/s."""
    networks = collections.defaultdict(list)
    peak = 0.0
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["benchmarks"]
    for row in rows:
        network, kernel = row["name"].split("/")[:2]
        rate, bandwidth = row.get("GFLOP/s", 0), row.get("GB/s", 0)
        if rate > 0 and bandwidth > 0:
            peak = max(peak, 100 * rate / row["% of peak"])
            networks[network].append((kernel, rate / bandwidth, rate, row["real_time"]))
    return networks, peak


def draw(networks, peak, bandwidth, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    columns = min(3, len(networks))
    rows = math.ceil(len(networks) / columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(5.2 * columns, 4.2 * rows), squeeze=False, sharex=True, sharey=True)
    kernels = sorted({step[0] for steps in networks.values() for step in steps})
    colours = {kernel: f"C{i}" for i, kernel in enumerate(kernels)}
    for axis, (network, steps) in zip(axes.flat, networks.items()):
        for kernel in kernels:
            mine = [step for step in steps if step[0] == kernel]
            axis.scatter([s[1] for s in mine], [s[2] for s in mine], s=[20 + 120 * s[3] for s in mine], c=colours[kernel],
                         label=kernel, alpha=0.6, linewidths=0)
        intensities = [0.1, peak / bandwidth, 1000]
        axis.plot(intensities, [min(peak, bandwidth * i) for i in intensities], color="black", linewidth=1)
        axis.set(xscale="log", yscale="log", title=network, xlabel="FLOP per byte", ylabel="GFLOP/s")
        axis.grid(alpha=0.3)
    for axis in list(axes.flat)[len(networks):]:
        axis.set_axis_off()
    handles = [pyplot.Line2D([], [], marker="o", linestyle="", color=colours[k], label=k) for k in kernels]
    figure.legend(handles=handles, loc="lower center", ncol=len(kernels), frameon=False)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json")
    parser.add_argument("png")
    parser.add_argument("--bandwidth", type=float, required=True, help="of memory, in GB/s")
    options = parser.parse_args()
    networks, peak = read_steps(options.json)
    draw(networks, peak, options.bandwidth, options.png)


if __name__ == "__main__":
    main()
