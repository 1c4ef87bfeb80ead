// The memory plan: what lies where in the arena while which step runs.
// SPDX-License-Identifier: 0BSD

function memorySection() {
  const { memory } = data;
  const steps = memory.step_layers.length;
  const peak = memory.peak_step;
  const holders = memory.buffers.filter((b) => b.first_step <= peak && peak <= b.last_step).sort((a, b) => b.bytes - a.bytes);
  const readout = html("p", { class: "readout", role: "status" });
  let cursor = null;  // a step
  let moveCursor = () => {};
  const layerName = (step) => data.layers[memory.step_layers[step]].name;
  const say = () => {
    if (cursor === null) return;
    const live = memory.buffers.filter((b) => b.first_step <= cursor && cursor <= b.last_step);
    readout.textContent = `Step ${cursor + 1} of ${steps}, ${layerName(cursor)}: ${bytes(memory.occupied_bytes[cursor])} in ${live.length} buffer${live.length === 1 ? "" : "s"}` +
      (live.length ? ": " + live.sort((a, b) => b.bytes - a.bytes).slice(0, 4).map((b) => `${b.name} ${bytes(b.bytes)}`).join(", ") + (live.length > 4 ? ", …" : "") : "");
  };
  const draw = (width) => {
    const height = Math.round(Math.max(300, Math.min(440, width * 0.42)));
    const box = { left: 66, right: 10, top: 26, bottom: 58 };
    const inner = { width: width - box.left - box.right, height: height - box.top - box.bottom };
    const most = Math.max(memory.arena_bytes, 1);
    const x = (step) => box.left + (inner.width * step) / steps;
    const y = (value) => box.top + inner.height * (1 - value / most);
    const unit = most >= 2 ** 20 ? 2 ** 20 : 2 ** 10;
    const grid = ticks(most / unit, 5).map((t) => [svg("line", { class: "axis", x1: box.left, x2: width - box.right, y1: y(t * unit), y2: y(t * unit) }),
      svg("text", { class: "quiet", x: box.left - 8, y: y(t * unit) + 4, "text-anchor": "end" }, `${Number(t.toPrecision(3))} ${unit === 2 ** 20 ? "MiB" : "KiB"}`)]);
    const rectangles = memory.buffers.map((b) => {
      const rectangle = svg("rect", { class: b.scratch ? "buffer scratch" : "buffer", x: x(b.first_step), y: y(b.offset + b.bytes), width: Math.max(1, x(b.last_step + 1) - x(b.first_step)),
        height: Math.max(0.5, y(b.offset) - y(b.offset + b.bytes)), fill: colourOf(data.layers[b.layer]), on: { click: () => selection.choose(b.layer, "memory") } },
        svg("title", {}, `${b.name}${b.scratch ? " (scratch)" : ""}: ${bytes(b.bytes)} at ${exact(b.offset)}, steps ${b.first_step + 1} to ${b.last_step + 1}`));
      rectangle.classList.toggle("chosen", b.layer === selection.layer);
      rectangle.layer = b.layer;
      return rectangle;
    });
    let line = "";
    memory.occupied_bytes.forEach((value, i) => (line += `${i ? "L" : "M"}${x(i).toFixed(1)},${y(value).toFixed(1)}H${x(i + 1).toFixed(1)}`));
    const strip = memory.step_layers.map((layer, i) => svg("rect", { x: x(i), y: height - box.bottom + 6, width: x(i + 1) - x(i) + 0.3, height: 9, fill: colourOf(data.layers[layer]) },
      svg("title", {}, `Step ${i + 1}: ${data.layers[layer].name}`)));
    const labels = ticks(steps, Math.max(2, Math.floor(width / 130))).map((t) => Math.max(1, t)).filter((t) => Number.isInteger(t) && t <= steps).map((t) =>
      svg("text", { class: "quiet", x: x(t - 0.5), y: height - box.bottom + 31, "text-anchor": "middle" }, String(t)));
    const names = memory.buffers.map((b) => {
      const left = x(b.first_step), right = x(b.last_step + 1), top = y(b.offset + b.bytes), bottom = y(b.offset);
      if (right - left < 6.6 * b.name.length + 8 || bottom - top < 15) return null;
      return svg("text", { class: b.scratch ? "inside scratch-name" : "inside", x: (left + right) / 2, y: (top + bottom) / 2 + 4, "text-anchor": "middle" }, b.name);
    });
    const mark = svg("line", { class: "cursor", y1: box.top, y2: height - box.bottom, visibility: "hidden" });
    moveCursor = () => {
      mark.setAttribute("visibility", cursor === null ? "hidden" : "visible");
      if (cursor === null) return;
      mark.setAttribute("x1", x(cursor + 0.5));
      mark.setAttribute("x2", x(cursor + 0.5));
    };
    moveCursor();
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label":
      `Memory plan: arena ${bytes(memory.arena_bytes)}, lower bound ${bytes(memory.lower_bound_bytes)}` +
      (peak === undefined ? "" : `, fullest in step ${peak + 1}, ${layerName(peak)}`) },
      grid, rectangles, names,
      svg("path", { class: "occupied", d: line }),
      svg("line", { class: "arena-line", x1: box.left, x2: width - box.right, y1: y(memory.arena_bytes), y2: y(memory.arena_bytes) }),
      svg("line", { class: "bound-line", x1: box.left, x2: width - box.right, y1: y(memory.lower_bound_bytes), y2: y(memory.lower_bound_bytes) }),
      peak === undefined ? null : svg("rect", { class: "peak", x: x(peak), y: box.top - 6, width: Math.max(3, x(peak + 1) - x(peak)), height: inner.height + 6 }),
      strip, labels, svg("text", { class: "quiet", x: box.left + inner.width / 2, y: height - 8, "text-anchor": "middle" }, "step"), mark);
    picture.addEventListener("pointermove", (event) => {
      const place = picture.getBoundingClientRect();
      const at = ((event.clientX - place.left) / place.width) * width;
      cursor = Math.max(0, Math.min(steps - 1, Math.floor(((at - box.left) / inner.width) * steps)));
      moveCursor();
      say();
    });
    chart.rectangles = rectangles;
    return picture;
  };
  const chart = { rectangles: [] };
  const focusable = html("div", { tabindex: 0, role: "group", "aria-label": "Memory plan: left and right arrow keys go from step to step", on: { keydown: (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    cursor = cursor === null ? peak : Math.max(0, Math.min(steps - 1, cursor + (event.key === "ArrowLeft" ? -1 : 1)));
    moveCursor();
    say();
  } } });
  if (memory.buffers.length > 0) focusable.append(drawn(draw));
  selection.listeners.push((chosen) => {
    for (const rectangle of chart.rectangles) rectangle.classList.toggle("chosen", rectangle.layer === chosen);
  });
  const atPeak = memory.occupied_bytes[peak];
  const gap = memory.gap_bytes === 0 ? "exactly as much as no placement in this order can be below" : `${bytes(memory.gap_bytes)} more than the bound that no placement in this order can be below`;
  const line = (name, text, style) => html("li", {}, svg("svg", { width: 26, height: 10, "aria-hidden": "true" }, svg("line", { class: name, x1: 1, x2: 25, y1: 5, y2: 5, style })), " ", text);
  fill(document.getElementById("memory"), {}, [
    html("h2", { id: "memory-title" }, "Memory plan"),
    html("p", { class: "lead" }, `The arena takes ${bytes(memory.arena_bytes)}, ${gap}. Each rectangle is a buffer: its height its bytes, its width the steps during which it must keep them; ` +
      `the colour is that of the layer that writes it, pale for scratch. ${memory.in_place} result${memory.in_place === 1 ? " takes" : "s take"} the place of an operand.`),
    focusable,
    html("ul", { class: "legend" }, line("arena-line", `arena ${bytes(memory.arena_bytes)}`), line("bound-line", `lower bound ${bytes(memory.lower_bound_bytes)}`),
      line("occupied", "occupied"), html("li", {}, html("span", { class: "swatch", style: "border: 2px solid var(--peak)" }), "fullest step")),
    legend(),
    readout,
    holders.length === 0 ? html("p", { class: "note" }, "Nothing lies in the arena.") : [
      html("h3", { id: "peak-title" }, `What holds the peak: step ${peak + 1}, ${layerName(peak)}, ${bytes(atPeak)}`),
      html("div", { class: "scroll", tabindex: 0, role: "group", "aria-labelledby": "peak-title" }, html("table", { id: "peak-table" }, html("thead", {}, html("tr", {},
        html("th", { class: "left" }, "Buffer"), html("th", { class: "left" }, "Written by"), ["Bytes", "Share", "From step", "To step"].map((t) => html("th", {}, t)))),
        html("tbody", {}, holders.map((b) => html("tr", { tabindex: 0, on: { click: () => selection.choose(b.layer, "memory"), keydown: (event) => {
          if (event.key === "Enter") selection.choose(b.layer, "memory");
        } } },
          html("td", { class: "left" }, html("code", {}, b.name), b.scratch ? html("span", { class: "tag" }, "scratch") : null), html("td", { class: "left" }, data.layers[b.layer].name),
          html("td", { title: exact(b.bytes) + " bytes" }, bytes(b.bytes)), html("td", {}, percent(b.bytes / atPeak)), html("td", {}, String(b.first_step + 1)), html("td", {}, String(b.last_step + 1)))))))],
  ]);
}
