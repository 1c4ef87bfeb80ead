// Elements, numbers and what the sections share. Text comes from models: it is only ever set as text.
// SPDX-License-Identifier: 0BSD

const data = JSON.parse(document.getElementById("report-data").textContent);
const svgNamespace = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key === "on") {
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    } else {
      node.setAttribute(key, value === true ? "" : value);
    }
  }
  for (const child of children.flat(2)) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}
const html = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(svgNamespace, name), attributes, children);

function scaled(value, units, base) {
  let i = 0;
  while (Math.abs(value) >= base && i + 1 < units.length) {
    value /= base;
    ++i;
  }
  const digits = i === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return [value.toFixed(digits), units[i]];
}
const bytes = (value) => scaled(value, ["B", "KiB", "MiB", "GiB"], 1024).join(" ");
const count = (value) => scaled(value, ["", "k", "M", "G", "T"], 1000).join(" ").trim();
const exact = (value) => value.toLocaleString("en").replaceAll(",", "\u202f");
const percent = (share) => (share >= 0.0995 ? (100 * share).toFixed(0) : (100 * share).toFixed(1)) + "\u202f%";
const shapeText = (shape) => (shape.length === 0 ? "scalar" : shape.join("×"));
const significant = (value) => (value === 0 ? "0" : Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5
  ? String(Number(value.toPrecision(3))) : value.toExponential(1));
const milliseconds = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1
  ? value.toFixed(2) : value.toFixed(3));

// Kernels in families, each with a colour.
const families = [
  { key: "dense", name: "Convolution", kernels: ["convolution", "planar_convolution"] },
  { key: "fast", name: "Winograd, Strassen", kernels: ["winograd", "strassen"] },
  { key: "depthwise", name: "Depthwise, grouped", kernels: ["depthwise", "grouped_convolution"] },
  { key: "matrix", name: "Matrix products", kernels: ["fully_connected", "matmul"] },
  { key: "pool", name: "Pooling, reductions, norms", kernels: ["pool", "planar_pool", "spatial_reduce", "reduce",
    "arg_reduce", "softmax", "normalize", "blocked_normalize", "batch_statistics"] },
  { key: "pointwise", name: "Elementwise", kernels: ["elementwise"] },
  { key: "move", name: "Moving data", kernels: [] },
];
const familyOf = (kernel) => families.find((family) => family.kernels.includes(kernel)) || families[families.length - 1];
const colourOf = (layer) => `var(--${familyOf(layer.kernels[0]).key})`;
const usedFamilies = families.filter((family) => data.layers.some((layer) => familyOf(layer.kernels[0]) === family));
const legend = () => html("ul", { class: "legend" }, usedFamilies.map((family) => html("li", {},
  html("span", { class: "swatch", style: `background: var(--${family.key})` }), family.name)));

// One layer may be chosen, wherever it is shown.
const selection = {
  layer: null,
  listeners: [],
  choose(layer, from) {
    this.layer = layer;
    for (const listener of this.listeners) listener(layer, from);
  },
};

// Draws now, and again when the width changes: text keeps its size.
function drawn(draw) {
  const place = html("div", { class: "chart" });
  let width = 0;
  const redraw = (now) => {
    const next = Math.max(300, Math.round(now));
    if (next === width) return;
    width = next;
    place.replaceChildren(draw(width));
  };
  new ResizeObserver((entries) => redraw(entries[0].contentRect.width)).observe(place);
  redraw(Math.min(1190, document.documentElement.clientWidth - 60));
  return place;
}

// Round values that divide [0, most].
function ticks(most, wanted) {
  const rough = most / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough);
  const values = [];
  for (let value = 0; value <= most * 1.0001; value += step) values.push(value);
  return values;
}
