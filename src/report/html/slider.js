"use strict";
for (const box of document.querySelectorAll(".slider")) {
  const rows = JSON.parse(box.dataset.rows);
  const input = box.querySelector("input");
  const section = box.closest("section");
  const cell = (name, text) => { box.querySelector(`[data-cell="${name}"]`).textContent = text; };
  const count = (n) => (n < 10 ? n.toFixed(1) : n.toFixed(0));
  const share = (p) => (p === null ? "–" : `${(100 * p).toFixed(1)} %`);
  const place = (plot, x, y) => {
    const svg = section.querySelector(`[data-plot="${plot}"]`);
    const ring = svg && svg.querySelector(".marker");
    if (!ring || x === null || y === null) return;
    const { left, top, width, height } = svg.dataset;
    ring.setAttribute("cx", +left + width * x);
    ring.setAttribute("cy", +top + height * (1 - y));
  };
  const show = () => {
    const [threshold, queue, alarms, misses, precision, recall, rate] = rows[+input.value];
    cell("threshold", threshold.toFixed(threshold < 0.001 ? 5 : 4));
    cell("queue", count(queue));
    cell("false_alarms", count(alarms));
    cell("misses", count(misses));
    cell("precision", share(precision));
    cell("recall", share(recall));
    place("roc", rate, recall);
    place("precision", recall, precision);
    const svg = section.querySelector('[data-plot="score"]');
    const line = svg && svg.querySelector(".threshold");
    for (const end of line ? ["x1", "x2"] : []) {
      line.setAttribute(end, +svg.dataset.left + svg.dataset.width * threshold);
    }
  };
  input.addEventListener("input", show);
  box.hidden = false;
  section.querySelector("details").open = false;
  addEventListener("beforeprint", () => { section.querySelector("details").open = true; });
  show();
}
