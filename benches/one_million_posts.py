#!/usr/bin/env python3
"""Off-topic posts of One Million Posts (DER STANDARD, German): F1 over the ten official folds.

What: category OffTopic, 3,599 posts, the text alone (no parent, no article: the corpus has neither). For
each fold a model is trained on the other nine with `ombuds train`; its threshold is the one training
chose on cross-fitted scores of those nine, so no test fold is seen before it is measured.
How: OMBUDS_CORPORA=DIR benches/one_million_posts.py [options of `ombuds train`, such as --alpha 2]
Needs python3 alone, and `ombuds` as OMBUDS or in target/release.
Published with the corpus (Schabus, Skowron, Trapp 2017): best F1 .313; plain logistic regression .307.
"""

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OMBUDS = os.environ.get("OMBUDS", TARGET / "release" / "ombuds")
LABEL = "off_topic_text"
FOLD = f"{LABEL}_fold"


def ombuds(*args):
    subprocess.run([OMBUDS, *args], check=True, capture_output=True, text=True)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    """The text, its label and its article, which keeps cross-fitting from tearing articles."""
    columns = ["id", "article_id", "text", LABEL]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def score_fold(rows, fold, folder, options):
    """Scores of the fold's posts, and what the model flags: (label, score, flagged)."""
    train, test = folder / "train.csv", folder / "test.csv"
    write(train, [row for row in rows if row[FOLD] != fold])
    write(test, [row for row in rows if row[FOLD] == fold])
    model, scored = folder / "model", folder / "scored.csv"
    ombuds("train", "--data", train, "--labels", LABEL, "--test-fraction", "0", "--model", model, *options)
    ombuds("flag", "--model", model, test, "-o", scored)
    return [
        (row[LABEL] == "1", float(row[f"{LABEL}_score"]), row[f"{LABEL}_flag"] == "1")
        for row in read(scored)
    ]


def f1(scored):
    hits = sum(label and flagged for label, _, flagged in scored)
    flags = sum(flagged for _, _, flagged in scored)
    positives = sum(label for label, _, _ in scored)
    precision, recall = hits / flags if flags else 0.0, hits / positives
    return precision, recall, 2 * hits / (flags + positives)


def ranking(scored):
    """Area under the ROC curve (ties count half) and average precision."""
    groups = {}
    for label, score, _ in scored:
        groups.setdefault(score, [0, 0])[0 if label else 1] += 1
    positives = sum(group[0] for group in groups.values())
    negatives = sum(group[1] for group in groups.values())
    area = average = 0.0
    above = hits = 0
    for score in sorted(groups, reverse=True):
        found, wrong = groups[score]
        area += wrong * (hits + found / 2)
        hits, above = hits + found, above + found + wrong
        average += found / positives * hits / above
    return area / (positives * negatives), average


def line(name, scored):
    precision, recall, value = f1(scored)
    area, average = ranking(scored)
    print(f"{name:>6} {len(scored):5} {precision:9.3f} {recall:7.3f} {value:6.3f} {average:6.3f} {area:8.3f}", flush=True)
    return value, average, area


def main():
    corpora = os.environ.get("OMBUDS_CORPORA")
    if not corpora:
        print("skipped: OMBUDS_CORPORA is not set")
        return
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        posts = folder / "posts.csv"
        ombuds("data", "import", "one-million-posts", Path(corpora) / "one_million_posts_de.csv", "-o", posts)
        rows = [row for row in read(posts) if row[LABEL]]
        print("  fold posts precision  recall     F1     AP  ROC AUC")
        folds = sorted({row[FOLD] for row in rows}, key=int)
        scored = [score_fold(rows, fold, folder, sys.argv[1:]) for fold in folds]
        figures = [line(fold, part) for fold, part in zip(folds, scored)]
        value, average, area = (sum(column) / len(folds) for column in zip(*figures))
        print(f"{'mean':>6} {'':23} {value:6.3f} {average:6.3f} {area:8.3f}")
        line("pooled", [row for part in scored for row in part])


if __name__ == "__main__":
    main()
