"""Predicting one file of comments: whole processes, in rounds, so that a slow minute of the machine
meets all peers alike; and Ombuds against itself: threads, labels, start."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from learners import LEARNERS
from measure import WORK, Stopwatch, child, median
from ombuds import Ombuds
from quality import OMBUDS_MODEL, WIKIPEDIA, ratio
from rows import read_texts

MULTILABEL = "wikipedia_talk_multilabel.csv"
SIX_LABELS = "toxic,severe_toxic,obscene,threat,insult,identity_hate"


# ---------------------------------------------------------------- in a child


def predict(folder: Path, options: dict) -> dict:
    """Loads a model, scores a file and writes the scores; what loading is not, is timed here too."""
    loaded = LEARNERS[options["learner"]].load(folder)
    watch = Stopwatch()
    texts = read_texts(Path(options["source"]))
    scores = loaded.score(texts)
    with open(folder / "predicted.txt", "w", encoding="utf-8") as out:
        out.writelines(f"{score:.5f}\n" for score in scores)
    seconds, cpu = watch.read()
    return {"rows": len(texts), "seconds": seconds, "cpu_s": cpu}


def predict_prepared(folder: Path, options: dict) -> dict:
    """Scores a file that stands in the peer's own form already."""
    loaded = LEARNERS[options["learner"]].load(folder)
    prepared = loaded.prepare(read_texts(Path(options["source"])))
    watch = Stopwatch()
    loaded.score_prepared(prepared)
    return {"seconds": watch.read()[0]}


# ---------------------------------------------------------------- in the parent


@dataclass
class Predicting:
    """One peer's times over the rounds, for `count` rows; `rows` were really predicted."""

    title: str
    rows: int
    whole_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    without_start_s: list[float] = field(default_factory=list)
    prepared_s: list[float] = field(default_factory=list)
    peak_mib: float = 0.0


def archive(args, corpora: Path) -> dict:
    """Lays out the comments; their number and bytes."""
    subsets = sorted({it.subset for it in LEARNERS.values() if it.subset})
    laid_out = child("archive", WORK / "archive", source=str(corpora / WIKIPEDIA),
                     count=args.count, subsets=subsets)
    if laid_out is None:
        raise SystemExit(1)
    return laid_out[0]


def predict_learner(name: str, count: int, into: dict[str, Predicting]) -> bool:
    """One round of a Python peer. False if it failed, which leaves it out."""
    learner = LEARNERS[name]
    subset = learner.subset if learner.subset and learner.subset < count else None
    source = WORK / "archive" / (f"archive_{subset}.csv" if subset else "archive.csv")
    done = child("predict", WORK / "wikipedia", learner=name, source=str(source))
    if done is None:
        return False
    answer, run = done
    found = into.setdefault(name, Predicting(learner.title, answer["rows"]))
    scale = count / answer["rows"]
    scaled = answer["seconds"] * scale
    found.without_start_s.append(scaled)
    found.cpu_s.append(run.cpu_s - answer["cpu_s"] + answer["cpu_s"] * scale)
    found.whole_s.append(run.seconds - answer["seconds"] + scaled)
    found.peak_mib = max(found.peak_mib, run.peak_mib)
    if learner.has_own_form:
        own_form = child("predict_prepared", WORK / "wikipedia", learner=name, source=str(source))
        if own_form:
            found.prepared_s.append(own_form[0]["seconds"] * scale)
    return True


def start_up(program: Ombuds, model: Path | None, runs: int = 20) -> float:
    """Median seconds of flagging one comment."""
    folder = WORK / "archive"
    return median([program.flag(folder / "one.csv", folder / "one_flagged.csv", model).seconds
                   for _ in range(runs)])


def flag_round(program: Ombuds, count: int, starts: dict[str, float],
               into: dict[str, Predicting]) -> None:
    folder = WORK / "archive"
    for name, title, model in models():
        found = into.setdefault(name, Predicting(title, count))
        run = program.flag(folder / "archive.csv", folder / "flagged.csv", model)
        found.whole_s.append(run.seconds)
        found.cpu_s.append(run.cpu_s)
        found.without_start_s.append(max(run.seconds - starts[name], 1e-9))
        found.peak_mib = max(found.peak_mib, run.peak_mib)


def models() -> list[tuple[str, str, Path | None]]:
    own = WORK / "wikipedia" / OMBUDS_MODEL
    of_split = [("ombuds", "Ombuds, trained on the split, one label", own)]
    return [("shipped", "Ombuds, default model, all labels", None), *(of_split if own.is_dir() else [])]


def peers(args, corpora: Path, program: Ombuds) -> dict[str, Predicting]:
    """Prints the table of predicting; the times by peer."""
    facts = archive(args, corpora)
    starts = {name: start_up(program, model) for name, _, model in models()}
    names = [name for name in LEARNERS if name in args.only]
    found: dict[str, Predicting] = {}
    for at in range(args.runs):
        print(f"… round {at + 1} of {args.runs}", file=sys.stderr, flush=True)
        flag_round(program, facts["count"], starts, found)
        names = [name for name in names if predict_learner(name, facts["count"], found)]
    print_predicting(found, facts, args.runs)
    return found


def rate(count: int, theirs: list[float], ours: list[float]) -> list[str]:
    """Rows a second, and how many times what ours takes."""
    if not theirs:
        return ["–", "–"]
    return [f"{count / median(theirs):,.0f}", ratio(median(theirs), median(ours))]


def print_predicting(found: dict[str, Predicting], facts: dict, runs: int) -> None:
    count = facts["count"]
    print(f"{count:,} comments drawn from {WIKIPEDIA} ({facts['bytes'] / 1e6:.1f} MB, fixed seed), "
          f"medians of {runs} rounds. Whole process: start, model, reading the CSV, scores (for "
          "Ombuds flags, decisions and reasons as well) written. Ombuds on all threads, the others "
          "on one: CPU seconds compare by core. Of a peer that was given a subset of the rows, chosen by hash, scoring is "
          "scaled to all rows and its start is not. Its own form: text converted beforehand, "
          "which Ombuds has nothing like. Ratios: how many times what the default model takes.\n")
    print("| peer | rows given | whole, s | rows/s | ratio | CPU s | ratio | without start, rows/s | ratio "
          "| its own form, rows/s | ratio | peak MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    ours = found["shipped"]
    for it in sorted(found.values(), key=lambda it: median(it.whole_s)):
        own = ours.without_start_s
        cells = [
            f"{it.rows:,}", f"{median(it.whole_s):.2f}", *rate(count, it.whole_s, ours.whole_s),
            f"{median(it.cpu_s):.2f}", ratio(median(it.cpu_s), median(ours.cpu_s)),
            *rate(count, it.without_start_s, own), *rate(count, it.prepared_s, own),
        ]
        print(f"| {it.title} | {' | '.join(cells)} | {it.peak_mib:,.0f} |")
    print(flush=True)


@dataclass
class Itself:
    """Ombuds against itself."""

    flag_second_core: float
    train_second_core: float
    six_labels: float
    start_ms: float
    same_bytes: bool


def itself(args, corpora: Path, program: Ombuds) -> Itself:
    """Prints threads, labels and start."""
    folder = WORK / "archive"
    print("… threads, labels, start", file=sys.stderr, flush=True)
    flags: dict[int, list[float]] = {1: [], 2: []}
    outputs = {threads: folder / f"flagged_{threads}.csv" for threads in flags}
    for _ in range(args.runs):
        for threads, seconds in flags.items():
            run = program.flag(folder / "archive.csv", outputs[threads], None, threads)
            seconds.append(run.seconds)
    same = subprocess.call(["cmp", "-s", *map(str, outputs.values())]) == 0
    train = WORK / "wikipedia" / "train.csv"
    trains = {threads: program.train(train, "toxic", WORK / f"model_{threads}", threads).seconds
              for threads in (1, 2)}
    weights = [str(WORK / f"model_{threads}" / "model.safetensors") for threads in trains]
    same &= subprocess.call(["cmp", "-s", *weights]) == 0
    labels: dict[str, list[float]] = {"toxic": [], SIX_LABELS: []}
    for _ in range(min(args.runs, 3)):
        for names, seconds in labels.items():
            run = program.train(corpora / MULTILABEL, names, WORK / "model_labels")
            seconds.append(run.seconds)
    start_ms = start_up(program, None) * 1e3

    one, six = (median(seconds) for seconds in labels.values())
    flag_1, flag_2 = median(flags[1]), median(flags[2])
    print("| Ombuds against itself | one | two or six | ratio |")
    print("|---|--:|--:|--:|")
    print(f"| flag, {args.count:,} comments, seven labels: one thread, two "
          f"| {flag_1:.2f} s | {flag_2:.2f} s | {flag_1 / flag_2:.2f} |")
    print(f"| train, the Wikipedia split, one label: one thread, two "
          f"| {trains[1]:.1f} s | {trains[2]:.1f} s | {trains[1] / trains[2]:.2f} |")
    print(f"| train, {MULTILABEL}: one label, six | {one:.2f} s | {six:.2f} s "
          f"| {six / one:.2f} |")
    print(f"| flag, one comment, default model, median of 20 | {start_ms:.1f} ms | | |")
    print(f"\nFlagged rows and weights by one thread and by two: "
          f"{'the same bytes' if same else 'DIFFERENT'}.\n", flush=True)
    return Itself(flag_1 / flag_2, trains[1] / trains[2], six / one, start_ms, same)
