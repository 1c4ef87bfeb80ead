// What the model is, in numbers; and where it comes from.
// SPDX-License-Identifier: 0BSD

const benchRun = data.bench ? data.bench.threads[0] : null;

function tile(name, value, unit, below) {
  return html("div", { class: "tile" }, html("dt", {}, name), html("dd", {}, value, unit ? html("small", {}, unit) : null),
    below ? html("p", {}, below) : null);
}

function shareBar(title, valueOf, text) {
  const total = data.layers.reduce((sum, layer, i) => sum + valueOf(layer, i), 0);
  if (total === 0) return null;
  const parts = usedFamilies.map((family) => {
    const value = data.layers.reduce((sum, l, i) => sum + (familyOf(l.kernels[0]) === family ? valueOf(l, i) : 0), 0);
    const label = `${family.name}: ${text(value)}, ${percent(value / total)}`;
    return value === 0 ? null : html("span", { style: `flex: ${value / total} 0 0; background: var(--${family.key})`, title: label });
  });
  return html("div", { class: "row" }, html("span", { class: "quiet" }, title), html("div", { class: "stack", role: "img",
    "aria-label": `${title}: ` + parts.filter(Boolean).map((p) => p.title).join("; ") }, parts));
}

function overview() {
  const { totals, memory } = data;
  const split = (text) => text.split(" ");
  const tiles = [
    tile("Multiply-adds", ...split(count(totals.macs)), "of direct kernels"),
    tile("Parameters", ...split(count(totals.parameters)), `${data.weights.length} tensors`),
    tile("Weights", ...split(bytes(totals.packed_weight_bytes)), "as the code reads them"),
    tile("Arena", ...split(bytes(memory.arena_bytes)), memory.gap_bytes === 0 ? "at its lower bound"
      : `${bytes(memory.gap_bytes)} above its bound`),
    tile("Layers", String(totals.layers), "", `${totals.steps} steps`),
  ];
  if (benchRun) {
    tiles.push(tile("Time", milliseconds(benchRun.minimum_ms), "ms", `least of ${benchRun.runs} runs`));
  }
  if (data.accuracy) tiles.push(tile("Rounding error", data.accuracy.estimated_error.toExponential(1), "", "of the largest result"));
  document.getElementById("overview").append(
    html("h1", {}, data.model.name),
    html("p", { class: "sub" }, html("code", {}, data.model.file), " for ", html("code", {}, data.target.name), ` (${data.target.description})`),
    html("dl", { class: "tiles" }, tiles),
    html("div", { class: "bars" },
      shareBar("Multiply-adds", (layer) => layer.macs, count),
      shareBar("Bytes moved", (layer) => layer.read_bytes + layer.written_bytes + layer.weight_bytes, bytes),
      benchRun ? shareBar("Time", (layer, i) => benchRun.layers[i].median_ms, (ms) => milliseconds(ms) + " ms") : null,
      legend()));
}

function about() {
  const ports = (what, list) => list.map((port) => html("tr", {}, html("td", { class: "left" }, what),
    html("td", { class: "left" }, html("code", {}, port.name)), html("td", { class: "left" }, port.type),
    html("td", { class: "left" }, shapeText(port.shape))));
  const facts = [["Model", data.model.file], ["Hash of the file", data.model.hash], ["Target", `${data.target.name}: ${data.target.description}`],
    ["Compiler flags", data.target.compile_flags.join(" ") || "none"], ...Object.entries(data.options).map(([k, v]) => ["Option " + k, v]),
    ["Written by", `${data.tool.name} ${data.tool.version}`]];
  fill(document.getElementById("about"), {}, [
    html("h2", { id: "about-title" }, "About"),
    html("h3", {}, "Inputs and outputs"),
    html("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Inputs and outputs" }, html("table", {}, html("thead", {}, html("tr", {},
      ["", "Name", "Type", "Shape"].map((t) => html("th", { class: "left" }, t)))), html("tbody", {}, ports("input", data.inputs), ports("output", data.outputs)))),
    html("h3", {}, "Compilation"),
    html("dl", { class: "facts" }, facts.map(([k, v]) => [html("dt", {}, k), html("dd", {}, html("code", {}, v))])),
    data.notes.length > 0 ? [html("h3", {}, "Notes"), html("ul", {}, data.notes.map((note) => html("li", {}, note)))] : null,
  ]);
}
