// Measured times: threads, other runtimes, and the roofline of the layers.
// SPDX-License-Identifier: 0BSD

function roofline(run) {
  const points = data.layers.map((layer, i) => ({ layer: i, intensity: flops(layer) / Math.max(1, moved(layer)), rate: run.layers[i].gflops, time: run.layers[i].median_ms }))
    .filter((p) => p.rate > 0 && p.intensity > 0).sort((a, b) => a.intensity - b.intensity);
  if (points.length === 0) return html("p", { class: "note" }, "No layer multiplies and adds: there is no roofline.");
  const roof = (intensity) => Math.min(run.peak_gflops, run.bandwidth_gbps * intensity);
  const readout = html("p", { class: "readout", role: "status" });
  const low = (value) => 10 ** Math.floor(Math.log10(value)), high = (value) => 10 ** Math.ceil(Math.log10(value));
  const ridge = run.peak_gflops / run.bandwidth_gbps;
  const range = { x0: low(Math.min(ridge / 2, points[0].intensity)), x1: high(Math.max(ridge * 4, points[points.length - 1].intensity)) };
  range.y0 = low(Math.min(...points.map((p) => p.rate), roof(range.x0)));
  range.y1 = high(1.05 * Math.max(run.peak_gflops, ...points.map((p) => p.rate)));
  let dots = [];
  const say = (point) => {
    const layer = data.layers[point.layer];
    readout.textContent = `${layer.name}: ${point.rate.toFixed(1)} GFLOP/s, ${significant(point.intensity)} FLOP per byte, ${milliseconds(point.time)} ms, ${percent(point.rate / roof(point.intensity))} of the roof above it`;
  };
  const draw = (width) => {
    const height = Math.round(Math.max(320, Math.min(480, width * 0.48)));
    const box = { left: 58, right: 16, top: 16, bottom: 50 };
    const along = (value, a, b) => Math.log(value / a) / Math.log(b / a);
    const x = (value) => box.left + (width - box.left - box.right) * along(value, range.x0, range.x1);
    const y = (value) => height - box.bottom - (height - box.top - box.bottom) * along(value, range.y0, range.y1);
    const decades = (a, b) => { const list = []; for (let v = a; v <= b * 1.01; v *= 10) list.push(v); return list; };
    const slowest = Math.max(...points.map((p) => p.time));
    dots = points.map((p) => {
      const dot = svg("circle", { class: "dot", cx: x(p.intensity), cy: y(p.rate), r: 4 + 9 * Math.sqrt(p.time / slowest), fill: colourOf(data.layers[p.layer]), stroke: colourOf(data.layers[p.layer]),
        on: { click: () => selection.choose(p.layer, "roofline"), pointerenter: () => say(p) } }, svg("title", {}, data.layers[p.layer].name));
      dot.layer = p.layer;
      dot.classList.toggle("chosen", p.layer === selection.layer);
      return dot;
    });
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Roofline: ${points.length} layers under ${run.peak_gflops.toFixed(0)} GFLOP/s and ${run.bandwidth_gbps.toFixed(0)} GB/s` },
      decades(range.x0, range.x1).map((v) => [svg("line", { class: "axis", x1: x(v), x2: x(v), y1: box.top, y2: height - box.bottom }),
        svg("text", { class: "quiet", x: x(v), y: height - box.bottom + 18, "text-anchor": "middle" }, String(Number(v.toPrecision(1))))]),
      decades(range.y0, range.y1).map((v) => [svg("line", { class: "axis", x1: box.left, x2: width - box.right, y1: y(v), y2: y(v) }),
        svg("text", { class: "quiet", x: box.left - 8, y: y(v) + 4, "text-anchor": "end" }, String(Number(v.toPrecision(1))))]),
      svg("path", { class: "roof", d: `M${x(range.x0)},${y(Math.max(range.y0, roof(range.x0)))}L${x(ridge)},${y(run.peak_gflops)}L${x(range.x1)},${y(run.peak_gflops)}` }),
      dots,
      svg("text", { class: "over", x: width - box.right - 4, y: y(run.peak_gflops) - 18, "text-anchor": "end" }, `${run.peak_gflops.toFixed(0)} GFLOP/s multiply-adds`),
      svg("text", { class: "over", x: Math.max(x(ridge) - 8, box.left + 130), y: y(run.peak_gflops) - 7, "text-anchor": "end" }, `${run.bandwidth_gbps.toFixed(1)} GB/s from memory`),
      svg("text", { class: "quiet", x: (box.left + width - box.right) / 2, y: height - 8, "text-anchor": "middle" }, "FLOP per byte read or written"),
      svg("text", { class: "quiet", x: 12, y: (box.top + height - box.bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${(box.top + height - box.bottom) / 2})` }, "GFLOP/s"));
  };
  selection.listeners.push((chosen) => {
    for (const dot of dots) dot.classList.toggle("chosen", dot.layer === chosen);
    const point = points.find((p) => p.layer === chosen);
    if (point) say(point);
  });
  return html("div", { tabindex: 0, role: "group", "aria-label": "Roofline: left and right arrow keys go from layer to layer", on: { keydown: (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const at = points.findIndex((p) => p.layer === selection.layer);
    const next = Math.max(0, Math.min(points.length - 1, at + (event.key === "ArrowLeft" ? -1 : 1)));
    selection.choose(points[next].layer, "roofline");
  } } }, drawn(draw), readout);
}

function speedSection() {
  const section = document.getElementById("speed");
  section.append(html("h2", { id: "speed-title" }, "Speed"));
  if (!data.bench) {
    section.append(html("p", { class: "note" }, "Nothing was measured. ", html("code", {}, `intaglio bench ${data.model.file} --target ${data.target.name} --json > bench.json`),
      " measures times on this machine; ", html("code", {}, "--bench bench.json"), " then adds them here, with a roofline."));
    return;
  }
  const { bench } = data;
  const rows = [];
  for (const run of bench.threads) {
    rows.push(["Intaglio", run.threads, milliseconds(run.minimum_ms), milliseconds(run.median_ms), run.gflops.toFixed(1), percent(run.share_of_peak), String(run.runs)]);
    for (const other of bench.against.filter((o) => o.threads === run.threads))
      rows.push([`${other.name} ${other.version}`, other.threads, milliseconds(other.minimum_ms), milliseconds(other.median_ms), other.gflops.toFixed(1), percent(other.share_of_peak), String(other.runs)]);
  }
  fill(section, {}, [
    html("p", { class: "lead" }, `Measured on ${bench.machine.processor}, built with ${bench.compiler.version} ${bench.compiler.flags}.`),
    html("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Times of the whole network" }, html("table", { id: "speed-table" }, html("thead", {}, html("tr", {}, html("th", { class: "left" }, "Runtime"),
      ["Threads", "least ms", "median ms", "GFLOP/s", "of peak", "runs"].map((t) => html("th", {}, t)))),
      html("tbody", {}, rows.map((row) => html("tr", {}, row.map((cell, i) => html("td", { class: i === 0 ? "left" : undefined }, String(cell)))))))),
    html("h3", {}, "Roofline"),
    html("p", { class: "lead" }, `Each circle is a layer on one thread; its area grows with its time. Above the slanted line a layer finds its data in caches; above the horizontal one stand Winograd and Strassen, counted as the direct kernels that they replace.`),
    roofline(benchRun),
    legend(),
    bench.notes.length > 0 ? html("ul", {}, bench.notes.map((note) => html("li", {}, note))) : null,
  ]);
}
