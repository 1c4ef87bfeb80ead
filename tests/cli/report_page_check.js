// Looks at a page of `intaglio report` in a browser for what is missing or clipped, and tells the page around it.
// report_browser_test.cc appends this to the page; the address says in which way it is looked at: #print, #dark.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
(() => {
  const problems = [];
  const checked = {};
  const problem = (text) => { if (problems.length < 40) problems.push(text); };
  const expect = (condition, text) => { if (!condition) problem(text); };
  const mode = location.hash.slice(1);
  window.addEventListener("error", (event) => { if (!event.message.startsWith("ResizeObserver")) problem("error: " + event.message); });
  if (mode === "dark") document.documentElement.dataset.theme = "dark";
  if (mode === "print") {
    for (const rule of document.styleSheets[0].cssRules) {
      if (rule.media && rule.media.mediaText === "print") rule.media.mediaText = "all";
    }
  }
  const visible = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest("noscript, .skip");
  const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  const called = (e) => `${e.tagName.toLowerCase()}.${e.getAttribute("class") || ""} '${e.textContent.slice(0, 40)}'`;

  function missing(data) {
    const counts = (what, found, wanted) => {
      checked[what] = found;
      expect(found === wanted, `${found} ${what}, not ${wanted}`);
    };
    counts("layers in the table", all("#layer-table tbody tr").length, data.layers.length);
    counts("buffers", all("#memory rect.buffer").length, data.memory.buffers.length);
    const peak = data.memory.peak_step;
    const holders = data.memory.buffers.filter((b) => b.first_step <= peak && peak <= b.last_step).length;
    counts("peak holders", all("#peak-table tbody tr").length, holders);
    const kernels = data.weights.filter((w) => w.shape.filter((n) => n > 1).length > 1);
    counts("histograms", all(".weight svg").length, (kernels.length ? kernels : data.weights).length);
    counts("nodes of the graph", document.querySelectorAll(".node").length, data.layers.length + data.inputs.length + data.outputs.length);
    counts("edges of the graph", document.querySelectorAll("path.edge").length, new Set(data.edges.map((e) => JSON.stringify([e.from, e.to]))).size);
    counts("dots under the roof", all("circle.dot").length, data.bench ? data.layers.filter((l) => l.macs > 0).length : 0);
    counts("measured rows", all("#speed-table tbody tr").length, data.bench ? data.bench.threads.length + data.bench.against.length : 0);
    for (const line of [".arena-line", ".bound-line", ".peak", ".occupied"]) expect(all("#memory .chart " + line).length === 1, "no " + line);
    for (const name of ["overview", "graph", "layers", "memory", "speed", "weights", "about"]) {
      const section = document.getElementById(name);
      expect(section && section.getBoundingClientRect().height > 40, "empty section " + name);
      expect(section.querySelector("h1, h2"), "no heading in " + name);
    }
    data.layers.forEach((layer, i) => {
      const row = document.querySelector(`tr[data-layer="${i}"]`);
      expect(row && row.textContent.includes(layer.name) && row.textContent.includes(layer.what), "no row of " + layer.name);
    });
  }

  function clipped() {
    const width = document.documentElement.clientWidth;
    expect(document.documentElement.scrollWidth <= width + 1, `the page is ${document.documentElement.scrollWidth} wide in ${width}`);
    let texts = 0;
    for (const e of all("body *")) {
      if (!(e instanceof HTMLElement) || e.tagName === "SCRIPT" || e.tagName === "STYLE") continue;
      const style = getComputedStyle(e);
      const scrolls = style.overflowX === "auto" || style.overflowX === "scroll";
      const inline = style.display === "inline";
      if (!scrolls && !inline && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && e !== document.body) problem(`${called(e)} is ${e.scrollWidth} wide in ${e.clientWidth}`);
      if (e.childElementCount === 0 && e.textContent.trim() && !e.closest(".scroll, nav, .canvas")) {
        ++texts;
        const box = e.getBoundingClientRect();
        expect(box.left >= -1 && box.right <= width + 1, `${called(e)} reaches from ${box.left} to ${box.right}`);
        expect(box.height > 0, `${called(e)} has no height`);
      }
    }
    const inside = (box, around, slack) => box.left >= around.left - slack && box.right <= around.right + slack && box.top >= around.top - slack && box.bottom <= around.bottom + slack;
    for (const text of all("svg text")) {
      if (!text.textContent) continue;
      ++texts;
      const around = text.closest(".node") ? text.closest(".node").querySelector("rect.body") : text.ownerSVGElement;
      expect(inside(text.getBoundingClientRect(), around.getBoundingClientRect(), 2), `the label '${text.textContent}' is cut`);
    }
    checked.texts = texts;
    for (const chart of all(".chart svg")) {
      const boxes = [...chart.querySelectorAll("text")].filter((t) => t.textContent && !t.getAttribute("transform")).map((t) => [t.textContent, t.getBoundingClientRect()]);
      boxes.forEach(([a, x], i) => boxes.slice(i + 1).forEach(([b, y]) => expect(
        x.right <= y.left + 1 || y.right <= x.left + 1 || x.bottom <= y.top + 4 || y.bottom <= x.top + 4, `'${a}' lies on '${b}'`)));
      for (const shape of chart.querySelectorAll("rect, circle")) expect(inside(shape.getBoundingClientRect(), chart.getBoundingClientRect(), 2), called(shape) + " is cut");
    }
  }

  // Of text on its background, as WCAG 2 defines it.
  function contrast() {
    const style = getComputedStyle(document.documentElement);
    const light = (name) => {
      const channels = style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi).map((c) => parseInt(c, 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
    };
    for (const text of ["--text", "--quiet", "--accent", "--peak"]) {
      for (const ground of ["--card", "--page", "--sunk"]) {
        const [a, b] = [light(text), light(ground)].sort((x, y) => y - x);
        expect((a + 0.05) / (b + 0.05) >= 4.5, `contrast of ${text} on ${ground} is ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
      }
    }
  }

  function keyboard(data) {
    const press = (element, key) => element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    for (const box of all(".scroll, .canvas")) expect(box.tabIndex === 0, called(box) + " cannot be scrolled with the keyboard");
    const canvas = document.querySelector(".canvas");
    const chosen = () => [...document.querySelectorAll("#layer-table tr.chosen")].map((row) => Number(row.dataset.layer));
    const scale = () => canvas.querySelector("svg").getBoundingClientRect().width;
    press(canvas, "ArrowDown");
    expect(chosen().join() === "0" && document.querySelector(".node.chosen"), "ArrowDown does not choose the first layer");
    press(canvas, "ArrowDown");
    const second = chosen()[0];
    expect(data.edges.some((e) => e.from.layer === 0 && e.to.layer === second), "ArrowDown does not follow an edge");
    expect(document.querySelector(".details").textContent.includes(data.layers[second].name), "the details are of another layer");
    press(canvas, "ArrowUp");
    expect(chosen().join() === "0", "ArrowUp does not go back");
    const before = scale();
    press(canvas, "-");
    expect(scale() < before, "- does not zoom");
    press(canvas, "0");
    press(canvas, "Escape");
    expect(chosen().length === 0, "Escape leaves a layer chosen");
    const memory = document.querySelector("#memory [tabindex='0']");
    press(memory, "ArrowRight");
    expect(document.querySelector("#memory .readout").textContent.startsWith(`Step ${data.memory.peak_step + 1} of`), "the memory plan's cursor does not begin at the peak");
    const row = document.querySelector("#layer-table tbody tr:last-child");
    press(row, "Enter");
    expect(chosen().join() === String(data.layers.length - 1), "Enter does not choose a layer of the table");
    const sort = [...document.querySelectorAll("#layer-table th button")].find((b) => b.textContent === "Multiply-adds");
    sort.click();
    const first = Number(document.querySelector("#layer-table tbody tr").dataset.layer);
    expect(data.layers[first].macs === Math.max(...data.layers.map((l) => l.macs)), "sorting by multiply-adds does not put the most first");
    document.querySelector("#layer-table th button").click();
    expect(document.querySelector("#layer-table tbody tr").dataset.layer === "0", "sorting by number does not restore the order");
    const search = document.querySelector("#layers input");
    search.value = data.layers[0].name;
    search.dispatchEvent(new Event("input"));
    expect(!document.querySelector("tr[data-layer='0']").hidden, "the filter hides what it should show");
    search.value = "nothing is called this";
    search.dispatchEvent(new Event("input"));
    expect(all("#layer-table tbody tr").length === 0, "the filter shows everything");
    search.value = "";
    search.dispatchEvent(new Event("input"));
    const theme = document.getElementById("theme");
    theme.click();
    theme.click();
    expect(document.documentElement.dataset.theme === "dark", "the button does not change the colours");
    theme.click();
  }

  function printed() {
    const strips = all(".columns svg").map((s) => s.viewBox.baseVal);
    expect(strips.length > 0, "the graph is not printed");
    expect(all(".bar, .canvas, .details, .toolbar").length === 0, "controls are printed");
    for (const node of document.querySelectorAll(".node rect.body")) {
      const y = node.y.baseVal.value, bottom = y + node.height.baseVal.value;
      expect(strips.some((s) => s.y <= y && bottom <= s.y + s.height), `the strips cut ${called(node.parentNode)}`);
    }
  }

  setTimeout(() => {
    try {
      const data = JSON.parse(document.getElementById("report-data").textContent);
      if (mode !== "print") missing(data);
      clipped();
      contrast();
      if (mode === "print") printed();
      else keyboard(data);
      expect(!document.querySelector("img, iframe, link, object") && !window.injected, "something was injected");
      expect(performance.getEntriesByType("resource").length === 0, "the page loads something");
    } catch (error) {
      problem("the check ended: " + error.stack);
    }
    parent.postMessage({ view: `${innerWidth}${mode ? " " + mode : ""}`, problems, checked }, "*");
  }, 700);
})();
