"""Rows: reading, splitting and resampling the corpora. All choices are by hash or by a fixed seed."""

from __future__ import annotations

import csv
import hashlib
import random
import re
from pathlib import Path

FOLDS = 5
SEED = 20261124
csv.field_size_limit(1 << 30)


def read_rows(path: Path, label: str):
    """The (text, label) rows of a CSV file, one at a time."""
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["text"], int(row[label])


def read_columns(path: Path, label: str) -> tuple[list[str], list[int]]:
    texts, labels = [], []
    for text, value in read_rows(path, label):
        texts.append(text)
        labels.append(value)
    return texts, labels


def read_texts(path: Path) -> list[str]:
    with open(path, newline="", encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file)]


def write_rows(path: Path, header: list[str], rows) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        # NONNUMERIC quotes every text, so a lone \r in one survives the round trip
        out = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def digest(text: str) -> bytes:
    return hashlib.sha1(text.encode()).digest()


def normalised(text: str) -> str:
    """Texts that are equal after this are one comment posted twice."""
    return re.sub(r"\W+", " ", text.lower()).strip()


def write_part(folder: Path, label: str, train, test, keep_twins: bool) -> dict:
    """Writes train.csv, test.csv and test_text.csv (no labels: what `ombuds flag` is given)."""
    folder.mkdir(parents=True, exist_ok=True)
    twins = 0
    if not keep_twins:
        seen = {normalised(text) for text, _ in test}
        kept = [row for row in train if normalised(row[0]) not in seen]
        twins = len(train) - len(kept)
        train = kept
    write_rows(folder / "train.csv", ["text", label], train)
    write_rows(folder / "test.csv", ["text", label], test)
    write_rows(folder / "test_text.csv", ["text"], ([text] for text, _ in test))
    both = hashlib.sha256((folder / "train.csv").read_bytes() + (folder / "test.csv").read_bytes())
    return {
        "sha256": both.hexdigest(),
        "train": len(train),
        "test": len(test),
        "positive_train": sum(value for _, value in train),
        "positive_test": sum(value for _, value in test),
        "twins_dropped": twins,
    }


def subsample(rows: list, count: int | None) -> list:
    """The `count` rows whose hashes come first: the same ones on every machine."""
    if count is None or count >= len(rows):
        return rows
    order = sorted(range(len(rows)), key=lambda i: digest(rows[i][0])[8:])
    return [rows[i] for i in sorted(order[:count])]


def lay_out_split(folder: Path, options: dict) -> dict:
    """The Wikipedia split."""
    rows = subsample(list(read_rows(Path(options["source"]), "toxic")), options["rows"])
    is_test = [digest(text)[0] % 5 == 0 for text, _ in rows]
    return write_part(
        folder,
        "toxic",
        [row for row, test in zip(rows, is_test) if not test],
        [row for row, test in zip(rows, is_test) if test],
        options["keep_twins"],
    )


def lay_out_folds(folder: Path, options: dict) -> dict:
    """The folds of the insults set."""
    rows = subsample(list(read_rows(Path(options["source"]), "insult")), options["rows"])
    fold_of = [digest(text)[1] % FOLDS for text, _ in rows]
    return {
        "folds": [
            write_part(
                folder / f"fold{fold}",
                "insult",
                [row for row, at in zip(rows, fold_of) if at != fold],
                [row for row, at in zip(rows, fold_of) if at == fold],
                options["keep_twins"],
            )
            for fold in range(FOLDS)
        ]
    }


def resample(texts: list[str], count: int, seed: int = SEED):
    """`count` real texts, drawn with replacement."""
    draw = random.Random(seed)
    return (texts[int(draw.random() * len(texts))] for _ in range(count))


def lay_out_archive(folder: Path, options: dict) -> dict:
    """The comments whose flagging is timed: resampled real ones, and subsets for slow peers, chosen
    by the hash of row number and text."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = list(resample(read_texts(Path(options["source"])), options["count"]))
    write_rows(folder / "archive.csv", ["text"], ([text] for text in texts))
    order = sorted(range(len(texts)), key=lambda i: digest(f"{i} {texts[i]}"))
    for size in options["subsets"]:
        kept = sorted(order[:size])
        write_rows(folder / f"archive_{size}.csv", ["text"], ([texts[i]] for i in kept))
    # of one comment: what it costs to start
    write_rows(folder / "one.csv", ["text"], [["You are a brainless 1d10t, and the council was right."]])
    return {"count": len(texts), "bytes": (folder / "archive.csv").stat().st_size}
