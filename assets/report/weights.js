// Histograms of the weights, as small multiples.
// SPDX-License-Identifier: 0BSD

function histogram(weight) {
  const { bins, low, high } = weight.histogram;
  const width = 240, height = 64, base = 50;
  const most = Math.max(1, ...bins);
  const step = width / Math.max(1, bins.length);
  const at = (value) => (width * (value - low)) / (high - low);
  const zero = low < 0 && high > 0 ? svg("line", { class: "axis", x1: at(0), x2: at(0), y1: 0, y2: base }) : null;
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Histogram from ${significant(low)} to ${significant(high)}` },
    bins.map((value, i) => svg("rect", { x: (i * step + 0.5).toFixed(2), width: Math.max(0.5, step - 1).toFixed(2), y: (base - (base * value) / most).toFixed(2), height: ((base * value) / most).toFixed(2) })),
    svg("line", { class: "axis", x1: 0, x2: width, y1: base, y2: base }), zero,
    svg("text", { x: 0, y: height - 3 }, significant(low)), svg("text", { x: width, y: height - 3, "text-anchor": "end" }, significant(high)));
}

function weightCard(weight) {
  const beyond = weight.histogram.below + weight.histogram.above;
  return html("article", { class: "weight" },
    html("h3", {}, weight.name),
    html("p", {}, `${shapeText(weight.shape)} · ${count(weight.count)} · σ ${significant(weight.deviation)} · µ ${significant(weight.mean)}`),
    histogram(weight),
    weight.zeros > 0 ? html("p", {}, `${exact(weight.zeros)} zeros, ${percent(weight.zeros / weight.count)}`) : null,
    beyond > 0 ? html("p", {}, `${exact(beyond)} beyond 4 σ, from ${significant(weight.minimum)} to ${significant(weight.maximum)}`) : null,
    weight.not_finite > 0 ? html("p", { class: "warn" }, `${exact(weight.not_finite)} infinite or NaN`) : null);
}

function weightsSection() {
  const isVector = (weight) => weight.shape.filter((extent) => extent > 1).length < 2;
  const large = data.weights.filter((weight) => !isVector(weight)), vectors = data.weights.filter(isVector);
  const grid = html("div", { class: "small", id: "weight-grid" });
  const show = (all) => grid.replaceChildren(...data.weights.filter((weight) => all || !isVector(weight)).map(weightCard));
  const box = html("input", { type: "checkbox", on: { change: () => show(box.checked) } });
  const onlyVectors = large.length === 0;
  show(onlyVectors);
  fill(document.getElementById("weights"), {}, [
    html("h2", { id: "weights-title" }, "Weights"),
    html("p", { class: "lead" }, data.weights.length === 0 ? "The model has none." : "As the layers take them: batch normalisation is folded in where it could be. Values beyond four deviations are counted, not drawn."),
    vectors.length > 0 && !onlyVectors ? html("div", { class: "toolbar" }, html("label", {}, box, `also the ${vectors.length} vectors (biases, scales)`)) : null,
    grid,
  ]);
}
