// The table of layers, each with the sum over its steps; and the facts of the layer that is chosen.
// SPDX-License-Identifier: 0BSD

const flops = (layer) => 2 * layer.macs;
const moved = (layer) => layer.read_bytes + layer.written_bytes + layer.weight_bytes;

function stepsTag(layer) {
  if (layer.steps === 1) return null;
  const what = layer.bands ? `${layer.bands} bands, ${layer.steps} steps` : `${layer.steps} steps`;
  return html("span", { class: "tag", title: "The numbers are sums over them" }, what);
}

const layerColumns = [
  { title: "#", value: (l, i) => i, cell: (l, i) => String(i + 1) },
  { title: "Layer", left: true, value: (l) => l.name },
  { title: "Kernel", left: true, value: (l) => l.kernels[0] },
  { title: "Multiply-adds", value: (l) => l.macs, cell: (l) => (l.macs ? count(l.macs) : "–"), sum: count, meter: true },
  { title: "Read", value: (l) => l.read_bytes, cell: (l) => bytes(l.read_bytes), sum: bytes },
  { title: "Written", value: (l) => l.written_bytes, cell: (l) => bytes(l.written_bytes), sum: bytes },
  { title: "Weights", value: (l) => l.weight_bytes, cell: (l) => (l.weight_bytes ? bytes(l.weight_bytes) : "–"), sum: bytes },
];
if (benchRun) {
  const of = (i) => benchRun.layers[i];
  layerColumns.push(
    { title: "ms", value: (l, i) => of(i).median_ms, cell: (l, i) => milliseconds(of(i).median_ms), sum: milliseconds, meter: true },
    { title: "GFLOP/s", value: (l, i) => of(i).gflops, cell: (l, i) => (l.macs ? of(i).gflops.toFixed(1) : "–") },
    { title: "of peak", value: (l, i) => of(i).share_of_peak, cell: (l, i) => (l.macs ? percent(of(i).share_of_peak) : "–") },
    { title: "GB/s", value: (l, i) => of(i).gbps, cell: (l, i) => of(i).gbps.toFixed(1) });
}

function layersSection() {
  const totals = layerColumns.map((column) => data.layers.reduce((sum, l, i) => sum + (column.sum ? column.value(l, i) : 0), 0));
  const rows = data.layers.map((layer, i) => {
    const row = html("tr", { tabindex: 0, "data-layer": i, on: {
      click: () => selection.choose(i, "table"),
      keydown: (event) => {
        if (event.key === "Enter" || event.key === " ") selection.choose(i, "table");
        else if (event.key === "ArrowDown") (row.nextElementSibling || row).focus();
        else if (event.key === "ArrowUp") (row.previousElementSibling || row).focus();
        else return;
        event.preventDefault();
      },
    } }, layerColumns.map((column, c) => {
      if (column.title === "Layer") {
        return html("td", { class: "layer" }, html("span", { class: "name" }, layer.name), stepsTag(layer), html("span", { class: "what" }, layer.what));
      }
      if (column.title === "Kernel") {
        return html("td", { class: "left" }, html("span", { class: "swatch", style: `background: ${colourOf(layer)}` }), layer.kernels.join(", "));
      }
      const share = totals[c] > 0 ? column.value(layer, i) / totals[c] : 0;
      return html("td", column.meter && share > 0 ? { title: percent(share) + " of all" } : {}, column.cell(layer, i),
        column.meter && share > 0 ? html("span", { class: "meter", style: `width: ${Math.max(2, Math.min(100, 400 * share))}%; color: ${colourOf(layer)}` }) : null);
    }));
    return row;
  });
  const body = html("tbody", {}, rows);
  const heads = layerColumns.map((column, c) => html("th", { scope: "col", class: column.left ? "left" : undefined }, html("button", { type: "button", on: { click: () => {
    const ascending = heads[c].getAttribute("aria-sort") !== (c < 3 ? "ascending" : "descending") === c < 3;
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[c].setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const sorted = data.layers.map((layer, i) => i).sort((a, b) => {
      const x = column.value(data.layers[a], a), y = column.value(data.layers[b], b);
      return (x < y ? -1 : x > y ? 1 : 0) * (ascending ? 1 : -1) || a - b;
    });
    body.replaceChildren(...sorted.map((i) => rows[i]));
  } } }, column.title)));
  const shown = html("span", { class: "quiet", role: "status" });
  const search = html("input", { type: "search", placeholder: "Filter by name or kernel", "aria-label": "Filter layers", on: { input: () => {
    const wanted = search.value.toLowerCase();
    let visible = 0;
    data.layers.forEach((layer, i) => {
      const text = `${layer.name} ${layer.what} ${layer.kernels.join(" ")}`.toLowerCase();
      rows[i].hidden = !text.includes(wanted);
      if (!rows[i].hidden) ++visible;
    });
    shown.textContent = wanted ? `${visible} of ${data.layers.length}` : "";
  } } });
  fill(document.getElementById("layers"), {}, [
    html("h2", { id: "layers-title" }, "Layers"),
    html("p", { class: "lead" }, "In the order in which they run. Layers that run together in bands of rows have one line each, with the sum over their bands."),
    html("div", { class: "toolbar" }, search, shown),
    html("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Table of layers" }, html("table", { id: "layer-table" },
      html("thead", {}, html("tr", {}, heads)), body,
      html("tfoot", {}, html("tr", {}, layerColumns.map((column, c) => html("td", { class: column.left ? "left" : undefined },
        column.sum ? column.sum(totals[c]) : column.title === "Layer" ? "All layers" : "")))))),
  ]);
  selection.listeners.push((chosen, from) => {
    rows.forEach((row, i) => row.classList.toggle("chosen", i === chosen));
    if (from !== "table" && chosen !== null) {
      const box = body.closest(".scroll");
      box.scrollLeft = 0;
    }
  });
}

function detailsPanel() {
  const panel = html("aside", { class: "details", "aria-live": "polite", "aria-label": "The chosen layer" });
  const facts = (list) => html("dl", {}, list.map(([k, v]) => [html("dt", {}, k), html("dd", {}, v)]));
  const show = (index) => {
    if (index === null) {
      panel.replaceChildren(html("p", { class: "quiet" }, "Choose a layer here, in the table or in a chart to see its facts."));
      return;
    }
    const layer = data.layers[index];
    const list = [["Kernel", layer.kernels.join(", ")], ["Multiply-adds", layer.macs ? exact(layer.macs) : "none"], ["Read", bytes(layer.read_bytes)],
      ["Written", bytes(layer.written_bytes)], ["Weights", bytes(layer.weight_bytes)], ["FLOP per byte", significant(flops(layer) / Math.max(1, moved(layer)))],
      ["Steps", layer.bands ? `${layer.steps} in ${layer.bands} bands` : String(layer.steps)]];
    if (benchRun) {
      const time = benchRun.layers[index];
      list.push(["Time", milliseconds(time.median_ms) + " ms"]);
      if (layer.macs) list.push(["Rate", `${time.gflops.toFixed(1)} GFLOP/s`], ["of peak", percent(time.share_of_peak)]);
    }
    const neighbours = (end, other) => data.edges.filter((e) => e[end].layer === index && e[other].layer !== undefined).map((e) => e[other].layer);
    const links = (title, found) => (found.length === 0 ? null : html("p", {}, html("span", { class: "quiet" }, title + " "),
      found.map((i, n) => [n ? ", " : "", html("a", { href: "#graph", on: { click: (event) => {
        event.preventDefault();
        selection.choose(i, "link");
      } } }, data.layers[i].name)])));
    panel.replaceChildren(html("h3", {}, layer.name), html("p", { class: "quiet" }, layer.what), facts(list));
    panel.append(...[links("Reads from", neighbours("to", "from")), links("Read by", neighbours("from", "to"))].filter(Boolean));
  };
  selection.listeners.push(show);
  show(null);
  return panel;
}
