# Tables and plot of what compare.py measured.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import json
from typing import Optional

INTAGLIO = "intaglio"
REFERENCE = "onnxruntime"


def groups(result: dict) -> dict[int, dict[str, dict[str, dict]]]:
    """Rows by threads, model and engine."""
    grouped: dict[int, dict[str, dict[str, dict]]] = {}
    for row in result["rows"]:
        grouped.setdefault(row["threads"], {}).setdefault(row["model"], {})[row["peer"]] = row
    return grouped


def merged(paths: list[str]) -> dict:
    """Runs of the same kind as one: their rows in order, a later row in place of a former one of the same engine, network and threads."""
    results = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            results.append(json.load(file))
    whole = results[-1]
    rows = {(row["threads"], row["model"], row["peer"]): row for result in results for row in result["rows"]}
    rates: dict[str, list[float]] = {}
    for result in results:
        for threads, measured in result["fma_gflops"].items():
            rates.setdefault(threads, []).extend(measured)
    return {**whole, "rows": list(rows.values()), "fma_gflops": rates}


def fastest_peer(rows: dict[str, dict]) -> Optional[dict]:
    """The peer with the least minimum among those whose results are right."""
    timed = [row for name, row in rows.items() if name != INTAGLIO and "min_ms" in row]
    return min(timed, key=lambda row: row["min_ms"], default=None)


def speed_up(rows: dict[str, dict], over: Optional[dict]) -> Optional[float]:
    """Minimum time of another engine divided by Intaglio's; none if one of them has no time."""
    own = rows.get(INTAGLIO, {})
    if not over or "min_ms" not in over or "min_ms" not in own:
        return None
    return over["min_ms"] / own["min_ms"]


def milliseconds(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.2f}"


def megabytes(value: float) -> str:
    return f"{value / 1e6:.2f}" if value < 1e7 else f"{value / 1e6:.1f}"


def cell(text: str) -> str:
    """What would end a cell is replaced."""
    return text.replace("|", "/")


def details(rows: dict[str, dict]) -> None:
    """One line per engine of one model. A row without a time says why."""
    own = rows.get(INTAGLIO, {})
    for name, row in rows.items():
        error = f"{row['max_error']:.1e}" if "max_error" in row else ""
        if "min_ms" not in row:
            print(f"| {row['model']} | {name} | {cell(row.get('error', 'not timed'))} | | | {error} | | | |")
            continue
        ratio = f"{row['min_ms'] / own['min_ms']:.2f}" if "min_ms" in own else ""
        engine = row.get("library_bytes", 0) if name != INTAGLIO else row["code_bytes"]
        resident = f"{row['peak_kib'] * 1024 / 1e6:.0f}" + (f" ({row['base_kib'] * 1024 / 1e6:.0f})" if row["base_kib"] else "")
        print(f"| {row['model']} | {name} | {milliseconds(row['min_ms'])} | {milliseconds(row['median_ms'])} | {ratio} | {error} | "
              f"{megabytes(engine)} + {megabytes(row['ships_bytes'] - engine)} | {resident} | {row['first_result_ms']:.0f} |")


def print_losses(result: dict) -> None:
    """The networks on which Intaglio is slower than some peer or has no time, the largest loss first."""
    losses = []
    for threads, models in groups(result).items():
        for model, rows in models.items():
            best, own = fastest_peer(rows), rows.get(INTAGLIO, {})
            ratio = speed_up(rows, best)
            if ratio is not None and ratio < 1:
                losses.append((ratio, f"| {model} | {threads} | {milliseconds(own['min_ms'])} | {best['peer']} | "
                                      f"{milliseconds(best['min_ms'])} | {ratio:.2f} |"))
            elif best and "min_ms" not in own:
                losses.append((0.0, f"| {model} | {threads} | {cell(own.get('error', 'absent'))} | {best['peer']} | "
                                    f"{milliseconds(best['min_ms'])} | |"))
    compared = sum(fastest_peer(rows) is not None for models in groups(result).values() for rows in models.values())
    print(f"\n## Losses: {len(losses)} of {compared} comparisons\n")
    if losses:
        print("| network | threads | Intaglio ms | fastest peer | its ms | speed-up over it |\n|---|---|---|---|---|---|")
        for _, line in sorted(losses):
            print(line)


def print_report(result: dict) -> None:
    """Markdown: the run, what Intaglio loses, then for each number of threads a summary and all rows."""
    machine = result["machine"]
    print(f"{machine['processor']}, family {machine['family']} model {machine['model']}, {machine['processors']} processors, "
          f"{' '.join(machine['vector_extensions'])}; {machine['system']}")
    print(f"Generated code: target {result['target']}, flags {' '.join(result['flags'])}. "
          f"{result['rounds']} rounds of {result['seconds']:g} s, {result['date']}.")
    versions = {row["peer"]: row["version"] for row in result["rows"] if "version" in row}
    print("Versions: " + "; ".join(dict.fromkeys(versions.values())) + ".")
    print_losses(result)
    for threads, models in groups(result).items():
        rates = result["fma_gflops"].get(str(threads), [])
        print(f"\n## {threads} thread{'s' if threads > 1 else ''}, batch 1, float32\n")
        if rates:
            print(f"Multiply-add peak measured between the rounds: {max(rates):.1f} GFLOP/s, lowest {min(rates):.1f}.\n")
        turns = [turn for rows in models.values() for row in rows.values() for turn in row.get("turns", [])]
        if turns:
            print(f"Threads waited for a processor {sum(turn['waited'] for turn in turns) / len(turns):.1%} of the time of their turns, "
                  f"{max(turn['waited'] for turn in turns):.1%} in the worst turn.\n")
        print("| network | Intaglio ms | fastest peer | its ms | speed-up over it | speed-up over ONNX Runtime |")
        print("|---|---|---|---|---|---|")
        for model, rows in models.items():
            best = fastest_peer(rows)
            own = rows.get(INTAGLIO, {})
            ratios = [f"{value:.2f}" if value else "" for value in (speed_up(rows, best), speed_up(rows, rows.get(REFERENCE)))]
            print(f"| {model} | {milliseconds(own['min_ms']) if 'min_ms' in own else cell(own.get('error', 'absent'))} | "
                  f"{best['peer'] if best else 'none'} | {milliseconds(best['min_ms']) if best else ''} | {ratios[0]} | {ratios[1]} |")
        print("\n| network | engine | min ms | median ms | time / Intaglio's | max error | ships, MB: code + model | "
              "peak resident, MB (before the engine) | first result, ms |")
        print("|---|---|---|---|---|---|---|---|---|")
        for rows in models.values():
            details(rows)


def plot(result: dict, path: str) -> None:
    """One panel per number of threads: for each network Intaglio's speed-up over the fastest peer and over ONNX Runtime."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    grouped = groups(result)
    widest = max(len(models) for models in grouped.values())
    figure, panels = pyplot.subplots(len(grouped), 1, figsize=(max(6, 1.1 * widest + 2), 4 * len(grouped)), squeeze=False)
    for panel, (threads, models) in zip(panels[:, 0], grouped.items()):
        series = {"over the fastest peer": [speed_up(rows, fastest_peer(rows)) for rows in models.values()],
                  "over ONNX Runtime": [speed_up(rows, rows.get(REFERENCE)) for rows in models.values()]}
        for offset, (label, values) in zip((-0.2, 0.2), series.items()):
            bars = panel.bar([x + offset for x in range(len(models))], [value or 0 for value in values], 0.38, label=label)
            panel.bar_label(bars, [f"{value:.2f}" if value else "absent" for value in values], fontsize=7)
        names = [f"{model}\n({best['peer']})" if (best := fastest_peer(rows)) else model for model, rows in models.items()]
        panel.set_xticks(range(len(models)), names, rotation=30, ha="right", fontsize=8)
        panel.axhline(1, color="black", linewidth=0.8)
        panel.margins(y=0.15)
        panel.set_ylabel("speed-up of Intaglio")
        panel.set_title(f"{threads} thread{'s' if threads > 1 else ''}, batch 1, float32", fontsize=10)
        panel.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.tight_layout()
    figure.savefig(path, dpi=120)
