"use strict";
for (const box of document.querySelectorAll(".slider")) {
  const rows = JSON.parse(box.dataset.rows);
  const input = box.querySelector("input");
  const section = box.closest("section");
  const cell = (name, text) => { box.querySelector(`[data-cell="${name}"]`).textContent = text; };
  // The page has rounded: here numbers are only written as its table writes them.
  const count = (n) => (n < 10 ? n.toFixed(1) : n.toLocaleString("en"));
  const share = (p) => (p === null ? "–" : p.toFixed(3));
  const rate = (p, n) => (p === null || n >= 20 ? share(p) : `${+(p * n).toFixed(1)} of ${n}`);
  const cut = (t) => (t < 0.0001 ? t.toExponential(1) : t.toFixed(4).replace(/0$/, ""));
  const marks = [...box.querySelectorAll("[data-at]")];
  const place = (plot, x, y) => {
    const svg = section.querySelector(`[data-plot="${plot}"]`);
    const ring = svg && svg.querySelector(".marker");
    if (!ring || x === null || y === null) return;
    const { left, top, width, height } = svg.dataset;
    ring.setAttribute("cx", +left + width * x);
    ring.setAttribute("cy", +top + height * (1 - y));
  };
  const show = () => {
    const [threshold, queue, alarms, misses, precision, recall, falsePositives, flagged] = rows[+input.value];
    const names = marks.filter((mark) => mark.dataset.at === input.value).map((mark) => mark.textContent);
    cell("threshold", cut(threshold) + (names.length ? ` (${names.join(", ")})` : ""));
    cell("queue", count(queue));
    cell("false_alarms", count(alarms));
    cell("misses", count(misses));
    cell("precision", rate(precision, flagged));
    cell("recall", share(recall));
    place("roc", falsePositives, recall);
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
