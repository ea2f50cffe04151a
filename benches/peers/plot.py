"""Throughput against ROC AUC, as a small SVG."""

from __future__ import annotations

from pathlib import Path

from measure import median

# what stands beside a point; its side is chosen so that no two overlap
NAMES = {
    "ombuds": "Ombuds, one label",
    "sklearn-word-char": "scikit-learn word + char",
    "sklearn-word": "scikit-learn words",
    "fasttext": "fastText with char n-grams",
    "vw": "Vowpal Wabbit, words",
    "profanity-recipe": "alt-profanity-check, refitted",
    "profanity-check": "alt-profanity-check, as shipped\n(has seen such rows)",
}
OURS = "#b5522b"
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 1}


def points(trained: list[dict], predicted: dict, count: int):
    """(name, rows/s, ROC AUC) of every peer that was both judged and timed; of several constants the best."""
    for name in NAMES:
        judged = [row["auc"] for row in trained if row["name"] == name]
        if judged and name in predicted:
            yield name, count / median(predicted[name].whole_s), max(judged)


def colour(name: str) -> str:
    return OURS if name == "ombuds" else "#33608c"


def annotate(axes, text: str, at: tuple[float, float], colour: str, taken: list) -> None:
    """Writes a name beside a point, at the nearest place where it covers nothing."""
    note = axes.annotate(text, at, xytext=(0, 0), textcoords="offset points", va="center",
                         color=colour, bbox=BEHIND, zorder=2)
    for lift, side in ((lift, side) for lift in (0, 10, -10, 20, -20) for side in ("left", "right")):
        note.set_ha(side)
        note.xyann = (7 if side == "left" else -7, lift)
        box = note.get_window_extent()
        inside = axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1
        if inside and not any(box.overlaps(other) for other in taken):
            break
    taken.append(note.get_window_extent())


def draw(trained: list[dict], predicted: dict, count: int, path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    from matplotlib.transforms import Bbox

    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "ombuds", "font.size": 9})
    found = list(points(trained, predicted, count))
    if not found:
        return
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    axes.set_xscale("log")
    rates = [rate for _, rate, _ in found]
    shipped = predicted.get("shipped")
    if shipped:
        rates.append(count / median(shipped.whole_s))
    axes.set_xlim(min(rates) / 1.8, max(rates) * 4.5)
    aucs = [auc for _, _, auc in found]
    margin = max(0.06 * (max(aucs) - min(aucs)), 0.002)
    axes.set_ylim(min(aucs) - margin, max(aucs) + 2 * margin)
    figure.canvas.draw()
    for name, rate, auc in found:
        hollow = "white" if name == "profanity-check" else colour(name)
        axes.plot(rate, auc, "o", color=colour(name), markerfacecolor=hollow, zorder=3)
    # no name covers a point, the line or another name
    taken = [Bbox.from_bounds(x - 5, y - 5, 10, 10)
             for x, y in axes.transData.transform([(rate, auc) for _, rate, auc in found])]
    if shipped:
        rate = rates[-1]
        axes.axvline(rate, color=OURS, linestyle=":", linewidth=1.2, zorder=1)
        x, _ = axes.transData.transform((rate, aucs[0]))
        taken.append(Bbox.from_bounds(x - 2, axes.bbox.y0, 4, axes.bbox.height))
        note = axes.annotate("Ombuds, default model, all labels", (rate, min(aucs)),
                             xytext=(5, 0), textcoords="offset points", ha="left", va="bottom",
                             rotation=90, color=OURS)
        taken.append(note.get_window_extent())
    for name, rate, auc in sorted(found, key=lambda it: it[2]):
        annotate(axes, NAMES[name], (rate, auc), colour(name), taken)
    axes.set_xlabel("comments a second, whole process (log)")
    axes.set_ylabel("ROC AUC, Wikipedia talk toxicity")
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
