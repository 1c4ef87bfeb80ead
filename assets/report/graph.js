// The graph of layers: dagre places them, arrow keys follow its edges.
// SPDX-License-Identifier: 0BSD

// "Conv 3x3 s2x2  1x64x56x56 -> 1x128x28x28 + relu": the operator and the shape of the result.
function shortText(layer) {
  const operator = layer.what.split("  ")[0].split(":")[0];
  const shape = /-> (?:\d+x)?(\d+(?:x\d+)*)/.exec(layer.what);
  return shape ? `${operator} → ${shape[1].replaceAll("x", "×")}` : operator;
}
function middleCut(text, most) {
  if (text.length <= most) return text;
  const head = Math.floor((most - 1) / 3);
  return text.slice(0, head) + "…" + text.slice(text.length - (most - 1 - head));
}

// How wide labels are in this browser's fonts.
function labelWidths() {
  const [title, text] = [svg("text", { class: "mono" }), svg("text", { class: "quiet" })];
  const ruler = svg("svg", { width: 0, height: 0, style: "position: absolute" }, title, text);
  document.body.append(ruler);
  const width = (label, content) => {
    label.textContent = content;
    return label.getComputedTextLength();
  };
  return { of: (first, second) => Math.max(width(title, first), width(text, second)) + 30, done: () => ruler.remove() };
}

function layOut() {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 26, ranksep: 26, marginx: 14, marginy: 14, ranker: data.layers.length > 400 ? "longest-path" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  const widths = labelWidths();
  const add = (key, port, layer, title, text) => graph.setNode(key, { port, layer, title, text, width: widths.of(title, text), height: 42 });
  data.layers.forEach((layer, i) => add(`layer${i}`, null, i, middleCut(layer.name, 40), middleCut(shortText(layer), 44)));
  data.inputs.forEach((port, i) => add(`input${i}`, "input", null, middleCut(port.name, 40), `input ${shapeText(port.shape)}`));
  data.outputs.forEach((port, i) => add(`output${i}`, "output", null, middleCut(port.name, 40), `output ${shapeText(port.shape)}`));
  widths.done();
  const key = (end) => Object.entries(end)[0].join("");
  for (const edge of data.edges) graph.setEdge(key(edge.from), key(edge.to), { buffer: edge.buffer, bytes: edge.bytes });
  dagre.layout(graph);
  return graph;
}

function graphSection() {
  const graph = layOut();
  const { width, height } = graph.graph();
  const nodes = new Map();  // by key
  const path = (points) => {
    if (points.length < 3) return "M" + points.map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`).join("L");
    let text = `M${points[0].x.toFixed(1)},${points[0].y.toFixed(1)}`;
    for (let i = 1; i + 1 < points.length; ++i) {
      const end = i + 2 === points.length ? points[i + 1] : { x: (points[i].x + points[i + 1].x) / 2, y: (points[i].y + points[i + 1].y) / 2 };
      text += `Q${points[i].x.toFixed(1)},${points[i].y.toFixed(1)} ${end.x.toFixed(1)},${end.y.toFixed(1)}`;
    }
    return text;
  };
  const edges = graph.edges().map((e) => {
    const edge = graph.edge(e);
    const line = svg("path", { class: "edge", d: path(edge.points), "marker-end": "url(#arrow)" }, svg("title", {}, `${edge.buffer}, ${bytes(edge.bytes)}`));
    return { ...e, line };
  });
  for (const key of graph.nodes()) {
    const node = graph.node(key);
    const x = node.x - node.width / 2, y = node.y - node.height / 2;
    const colour = node.layer === null ? "var(--quiet)" : colourOf(data.layers[node.layer]);
    const drawing = svg("g", { class: "node", "data-node": key, role: "option", "aria-label": `${node.title}: ${node.text}`, on: { click: () => {
      if (node.layer !== null) selection.choose(node.layer, "graph");
    } } },
      svg("title", {}, node.layer === null ? node.title : `${data.layers[node.layer].name}: ${data.layers[node.layer].what}`),
      svg("rect", { class: "body", x, y, width: node.width, height: node.height, rx: node.port ? 21 : 7 }),
      node.port ? null : svg("rect", { x: x + 1, y: y + 7, width: 4, height: node.height - 14, rx: 2, fill: colour }),
      svg("text", { class: "mono", x: node.x + 2, y: node.y - 4, "text-anchor": "middle" }, node.title),
      svg("text", { class: "quiet", x: node.x + 2, y: node.y + 12, "text-anchor": "middle" }, node.text));
    nodes.set(key, { ...node, drawing });
  }
  const drawing = svg("g", { id: "graph-drawing" }, edges.map((e) => e.line), [...nodes.values()].map((n) => n.drawing));
  const marker = svg("defs", {}, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    svg("path", { class: "arrow", d: "M0,0.5L8,4L0,7.5z" })));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "listbox", "aria-label": "Graph of layers" }, marker, drawing);
  const canvas = html("div", { class: "canvas", tabindex: 0, role: "group", "aria-label": "Graph: arrow keys go from layer to layer" }, picture);
  let zoom = 1;
  const setZoom = (value) => {
    zoom = Math.max(0.1, Math.min(2.5, value));
    picture.setAttribute("width", width * zoom);
    picture.setAttribute("height", height * zoom);
  };
  const fit = () => Math.min(1, (canvas.clientWidth - 16) / width);
  const show = (key) => {
    const node = nodes.get(key);
    canvas.scrollTo({ left: node.x * zoom + picture.getBoundingClientRect().left - canvas.getBoundingClientRect().left + canvas.scrollLeft - canvas.clientWidth / 2,
      top: node.y * zoom - canvas.clientHeight / 2 });
  };
  const step = (key, direction) => {
    const along = direction === "down" ? graph.successors(key) : graph.predecessors(key);
    return along.length > 0 ? along.reduce((a, b) => (Math.abs(nodes.get(a).x - nodes.get(key).x) <= Math.abs(nodes.get(b).x - nodes.get(key).x) ? a : b)) : key;
  };
  const beside = (key, sign) => {
    const here = nodes.get(key);
    const found = [...nodes.entries()].filter(([, n]) => sign * (n.x - here.x) > 1 && Math.abs(n.y - here.y) < 60)
      .sort((a, b) => Math.abs(a[1].x - here.x) - Math.abs(b[1].x - here.x));
    return found.length > 0 ? found[0][0] : key;
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") setZoom(zoom * 1.25);
    else if (event.key === "-") setZoom(zoom / 1.25);
    else if (event.key === "0") setZoom(fit());
    else if (event.key === "Escape") selection.choose(null, "graph");
    else if (event.key.startsWith("Arrow")) {
      const key = selection.layer === null ? null : `layer${selection.layer}`;
      let next = "layer0";
      if (key) {
        next = event.key === "ArrowDown" ? step(key, "down") : event.key === "ArrowUp" ? step(key, "up") : beside(key, event.key === "ArrowRight" ? 1 : -1);
      }
      if (nodes.get(next).layer !== null) selection.choose(nodes.get(next).layer, "keys");
    } else return;
    event.preventDefault();
  });
  selection.listeners.push((chosen, from) => {
    const key = chosen === null ? "" : `layer${chosen}`;
    const near = new Set();
    for (const edge of edges) {
      const touches = edge.v === key || edge.w === key;
      edge.line.classList.toggle("near", touches);
      if (touches) near.add(edge.v).add(edge.w);
    }
    for (const [name, node] of nodes) {
      node.drawing.classList.toggle("chosen", name === key);
      node.drawing.classList.toggle("near", name !== key && near.has(name));
      node.drawing.setAttribute("aria-selected", name === key);
    }
    if (key && from !== "graph") show(key);
  });
  const button = (label, name, action) => html("button", { type: "button", "aria-label": name, title: name, on: { click: action } }, label);
  fill(document.getElementById("graph"), {}, [
    html("h2", { id: "graph-title" }, "Graph"),
    html("p", { class: "lead" }, "What each layer reads from which other one, after all passes: activations, additions and normalisation are part of the layers that compute them."),
    html("div", { class: "toolbar" }, button("−", "Smaller", () => setZoom(zoom / 1.25)), button("+", "Larger", () => setZoom(zoom * 1.25)),
      button("Fit", "Fit the width", () => setZoom(fit())), button("1:1", "Natural size", () => setZoom(1)),
      html("span", { class: "quiet" }, "Click a layer, or focus the graph and use the arrow keys; + − 0 zoom")),
    html("div", { class: "split" }, canvas, detailsPanel()),
    printedGraph(nodes, width, height),
    legend(),
  ]);
  setZoom(Math.max(0.4, fit()));
}

// For paper: strips of the drawing that cut no layer, side by side.
function printedGraph(nodes, width, height) {
  const scale = Math.min(0.72, 670 / width);
  const tallest = 780 / scale;
  const bottoms = [...new Set([...nodes.values()].map((n) => n.y + n.height / 2))].sort((a, b) => a - b);
  const cuts = [0];
  let last = 0;
  for (const bottom of bottoms) {
    const edge = bottom + 12;
    const clean = [...nodes.values()].every((n) => n.y - n.height / 2 >= edge - 6 || n.y + n.height / 2 <= edge);
    if (edge - cuts[cuts.length - 1] > tallest && last > cuts[cuts.length - 1]) cuts.push(last);
    if (clean) last = edge;
  }
  cuts.push(height);
  const strips = cuts.slice(1).map((end, i) => svg("svg", { viewBox: `0 ${cuts[i]} ${width} ${end - cuts[i]}`, width: width * scale, height: (end - cuts[i]) * scale, "aria-hidden": "true" },
    svg("use", { href: "#graph-drawing" })));
  return html("div", { class: "print-only" }, html("div", { class: "columns" }, strips));
}
