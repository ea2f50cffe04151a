"""Leaves out one source of the default recipe at a time and measures ROC AUC on it.

Started by `run`. Beside Ombuds stands a plain model: TF-IDF of word 1-2-grams and character 2-5-grams within
words, logistic regression, one for each label, fitted on the rows that Ombuds learns from and scored on the same
comments; and the same model of what is published and `data/newsroom` alone, without the sentences that this project
writes to teach what words do not tell. A share of raters between 0 and 1 counts on both sides, in fitting as in measuring.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import FeatureUnion

ROOT = Path(__file__).resolve().parents[2]
LABELS = ("insult", "toxicity")
# Sources by the names the recipe gives them. Both Wikipedia files are of the same comments, so one cannot
# stand for a source that is unknown while the other is learnt.
LEFT_OUT = {
    "newsroom": ["../../data/newsroom/comments.csv"],
    "wikipedia talk": ["wikipedia_talk_multilabel.csv", "wikipedia_talk_toxicity.csv"],
    "civil comments": ["civil_comments_spans.csv"],
    "paradetox": ["paradetox"],
}
# Corpora that the recipe never learns: text column, and the column that stands for both labels.
NEVER_LEARNT = {
    "social commentary": ("social_commentary_insults_train.csv", "text", "insult"),
    "unhealthy, hostile": ("unhealthy_conversations_val.csv", "comment", "hostile"),
}
EVALUATION = "never learnt"
OWN = "../../data/"
MODELS = ("ombuds", "plain", "plain, published")

csv.field_size_limit(1 << 30)


def sampled(rows: list[dict], at_most: int) -> list[dict]:
    """The rows of the lowest hashes of their texts: of each text all rows or none."""
    key = [hashlib.sha256(b"sources" + row["text"].encode()).digest()[:8] for row in rows]
    if len(rows) <= at_most:
        return rows
    limit = sorted(key)[at_most - 1]
    return [row for row, digest in zip(rows, key) if digest <= limit]


def read_jsonl(path: Path) -> list[dict]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_jsonl(path: Path, rows: list[dict]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            kept = {key: row[key] for key in ("text", *LABELS) if key in row}
            file.write(json.dumps(kept) + "\n")


def never_learnt(corpora: Path) -> dict[str, list[dict]]:
    found = {}
    for name, (file, text, column) in NEVER_LEARNT.items():
        with open(corpora / file, newline="", encoding="utf-8") as lines:
            rows = [row for row in csv.DictReader(lines) if row[text].strip()]
        found[name] = [{"text": row[text], **dict.fromkeys(LABELS, float(row[column]))} for row in rows]
    return found


def weighed(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A share as a positive and a negative of that weight: (row, class, weight), those of weight 0 left out."""
    row = np.concatenate([np.arange(len(shares))] * 2)
    target = np.repeat([1, 0], len(shares))
    weight = np.concatenate([shares, 1 - shares])
    kept = weight > 0
    return row[kept], target[kept], weight[kept]


def roc_auc(shares: np.ndarray, scores: np.ndarray) -> float:
    row, target, weight = weighed(shares)
    return roc_auc_score(target, scores[row], sample_weight=weight)


def plain(learnt: list[dict], test_sets: dict[str, list[dict]]) -> dict[tuple[str, str], float]:
    """ROC AUC of the plain model by test set and label."""
    learnt = [row for row in learnt if any(label in row for label in LABELS)]
    vectorizer = FeatureUnion([
        ("word", TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)),
        ("char", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)),
    ])
    x = vectorizer.fit_transform([row["text"] for row in learnt])
    tests = {name: vectorizer.transform([row["text"] for row in rows]) for name, rows in test_sets.items()}
    found = {}
    for label in LABELS:
        known = np.array([i for i, row in enumerate(learnt) if label in row])
        row, target, weight = weighed(np.array([learnt[i][label] for i in known]))
        model = LogisticRegression(C=1.0, solver="liblinear", max_iter=1000)
        model.fit(x[known][row], target, sample_weight=weight)
        for name, rows in test_sets.items():
            of = [i for i, row in enumerate(rows) if label in row]
            shares = np.array([rows[i][label] for i in of])
            if has_both(shares):
                found[name, label] = roc_auc(shares, model.decision_function(tests[name][of]))
    return found


def is_published(source: str) -> bool:
    """The corpora, and the comments of readers that every model of these sources may learn."""
    return source in LEFT_OUT["newsroom"] or not source.startswith(OWN)


def has_both(shares: np.ndarray) -> bool:
    return len(shares) > 0 and shares.max() > 0 and shares.min() < 1


def ombuds(args: argparse.Namespace, *arguments) -> None:
    result = subprocess.run([args.ombuds, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr)


def ours(args: argparse.Namespace, model: Path, test_sets: dict[str, list[dict]]) -> dict[tuple[str, str], float]:
    """ROC AUC of a model by test set and label, as `ombuds evaluate` has it."""
    found = {}
    for name, rows in test_sets.items():
        data, report = model / "test.jsonl", model / "test.json"
        write_jsonl(data, rows)
        labels = [label for label in LABELS if any(label in row for row in rows)]
        ombuds(args, "evaluate", "--model", model, "--data", data, "--labels", ",".join(labels),
               "--replicates", 0, "--json", report)
        for label in json.loads(report.read_text())["labels"]:
            value = label["report"]["roc_auc"]["value"]
            if value is not None:
                found[name, label["label"]] = value
    return found


def measure(args: argparse.Namespace, name: str, folder: Path) -> list[dict]:
    """One source left out, or none for the corpora that are never learnt."""
    without = ["--without", ",".join(LEFT_OUT[name])] if name in LEFT_OUT else []
    ombuds(args, "train", "--recipe", ROOT / "models/default/recipe.toml", "--corpora", args.corpora,
           "--rows", folder, "--model", folder / "model", *without)
    learnt = read_jsonl(folder / "learnt.jsonl")
    if without:
        test_sets = {name: sampled(read_jsonl(folder / "held_out.jsonl"), args.test_rows)}
    else:
        test_sets = never_learnt(args.corpora)
    results = ours(args, folder / "model", test_sets)
    kept = sampled(learnt, args.plain_rows)
    print(f"{name}: {len(learnt):,} rows learnt, {len(kept):,} of them by the plain model", file=sys.stderr)
    published = sampled([row for row in learnt if is_published(row["source"])], args.plain_rows)
    found = [results, plain(kept, test_sets), plain(published, test_sets)]
    return [
        {"source": test, "label": label, "rows": sum(label in row for row in test_sets[test]),
         **{model: values[test, label] for model, values in zip(MODELS, found)}}
        for test, label in results
    ]


def table(rows: list[dict]) -> str:
    head = " ".join(f"{model:>17}" for model in (*MODELS, "gain", "gain, published"))
    lines = [f"{'source':20} {'label':9} {'rows':>7} {head}"]
    for row in rows:
        lines.append(f"{row['source']:20} {row['label']:9} {row['rows']:7,} {figures(row)}")
    lines.append(f"{'mean':38} {figures({model: np.mean([row[model] for row in rows]) for model in MODELS})}")
    return "\n".join(lines)


def figures(of: dict) -> str:
    values = " ".join(f"{of[model]:17.4f}" for model in MODELS)
    gains = " ".join(f"{of[MODELS[0]] - of[model]:+17.4f}" for model in MODELS[1:])
    return f"{values} {gains}"


def main() -> None:
    names = [*LEFT_OUT, EVALUATION]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, default=os.environ.get("OMBUDS_CORPORA"))
    parser.add_argument("--ombuds", default=ROOT / "target/release/ombuds")
    parser.add_argument("--only", default=",".join(names), help="of: " + ", ".join(names))
    parser.add_argument("--plain-rows", type=int, default=200_000, help="at most so many for the plain model, by hash")
    parser.add_argument("--test-rows", type=int, default=20_000, help="at most so many of a source left out, by hash")
    parser.add_argument("--json", type=Path, help="also write the table here")
    args = parser.parse_args()
    if args.corpora is None:
        parser.error("name the folder of the corpora with --corpora or OMBUDS_CORPORA")
    rows = []
    for name in args.only.split(","):
        if name not in names:
            parser.error(f"--only {name}: not one of {', '.join(names)}")
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(args, name, Path(folder))
        print(table(rows), file=sys.stderr)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
