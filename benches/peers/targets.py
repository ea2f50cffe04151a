"""The targets, and whether they are met."""

from __future__ import annotations

from measure import median
from speed import Itself, Predicting


def lines(trained: list[dict], predicted: dict[str, Predicting], itself: Itself | None):
    """(measure, target, measured, met) of everything that was measured."""
    ours = predicted.get("shipped")
    if ours:
        own, own_inside = median(ours.whole_s), median(ours.without_start_s)
        for name, title, target in (
            ("sklearn-word-char", "scikit-learn word+char", 200.0),
            ("fasttext", "fastText with char n-grams", 15.0),
            ("vw", "Vowpal Wabbit, words only", 1.5),
        ):
            theirs = predicted.get(name)
            if theirs is None:
                continue
            whole = median(theirs.whole_s) / own
            yield f"flag against {title}, whole process", f"≥ {target:g}×", f"{whole:.3g}×", whole >= target
            if theirs.prepared_s:
                inside = median(theirs.prepared_s) / own_inside
                yield (f"… its own form alone, both without start", f"≥ {target:g}×",
                       f"{inside:.3g}×", inside >= target)
    own_train = next((r for r in trained if r["name"] == "ombuds"), None)
    sklearn = [r for r in trained if r["name"] == "sklearn-word-char"]
    if own_train and sklearn:
        best = max(sklearn, key=lambda r: r["auc"])
        faster = best["train_s"] / own_train["train_s"]
        memory = own_train["train_peak_mib"] / best["train_peak_mib"]
        gain = own_train["auc"] - best["auc"]
        yield f"training against {best['peer']}", "≥ 25×", f"{faster:.3g}×", faster >= 25
        yield "its memory", "≤ 1/8", f"1/{1 / memory:.1f}", memory <= 1 / 8
        files = next((r for r in trained if r["name"] == "ombuds-files"), None)
        if files:
            faster, memory = best["train_s"] / files["train_s"], files["train_peak_mib"] / best["train_peak_mib"]
            yield "… with features in files", "≤ 1/8", f"1/{1 / memory:.1f}", memory <= 1 / 8
            yield "… how much faster", "≥ 25×", f"{faster:.3g}×", faster >= 25
        yield "ROC AUC beyond it", "≥ 0", f"{gain:+.4f}", gain >= 0
    if itself:
        yield "second core, flag", "≥ 1.7×", f"{itself.flag_second_core:.2f}×", itself.flag_second_core >= 1.7
        yield "second core, training as a whole", "–", f"{itself.train_second_core:.2f}×", None
        yield "training six labels against one", "≤ 2×", f"{itself.six_labels:.2f}×", itself.six_labels <= 2
        yield "start, one comment", "≤ 30 ms", f"{itself.start_ms:.0f} ms", itself.start_ms <= 30
        yield "one thread and two", "same bytes", "same" if itself.same_bytes else "different", itself.same_bytes


def show(trained: list[dict], predicted: dict[str, Predicting], itself: Itself | None) -> None:
    words = {True: "met", False: "**missed**", None: "–"}
    print("| measure | target | measured | |")
    print("|---|--:|--:|---|")
    for measure, target, measured, met in lines(trained, predicted, itself):
        print(f"| {measure} | {target} | {measured} | {words[met]} |")
