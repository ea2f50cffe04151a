"""Training and quality: every peer fitted on the same rows and judged on the same others."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from learners import LEARNERS
from measure import WORK, child
from ombuds import Ombuds
from rows import FOLDS, read_columns, read_texts

ALL_PEERS = [*LEARNERS, "ombuds"]
WIKIPEDIA = "wikipedia_talk_toxicity.csv"
INSULTS = "social_commentary_insults_train.csv"
OMBUDS_MODEL = "ombuds-model"
WEIGHTS = "model.safetensors"
# the least that `train` takes as its bound
LEAST_MEMORY = "601M"


# ---------------------------------------------------------------- in a child


def judged(labels: list[int], scores) -> dict:
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "auc": float(roc_auc_score(labels, scores)),
        "ap": float(average_precision_score(labels, scores)),
    }


def fit(folder: Path, options: dict) -> list[dict]:
    """Fits one peer, keeps its model in the folder and judges it on the test part."""
    fitted = LEARNERS[options["learner"]].fit(folder, options["label"])
    texts, labels = read_columns(folder / "test.csv", options["label"])
    return [
        {
            "peer": found.title,
            "version": found.version,
            **judged(labels, found.score(texts)),
            "train_s": found.train_s,
            "train_cpu_s": found.train_cpu_s,
            "train_peak_mib": found.peak_mib,
        }
        for found in fitted
    ]


def judge_flagged(folder: Path, options: dict) -> dict:
    """Judges what `ombuds flag` wrote."""
    label = options["label"]
    _, labels = read_columns(folder / "test.csv", label)
    with open(folder / "ombuds.csv", newline="", encoding="utf-8") as file:
        scores = [float(row[f"{label}_score"]) for row in csv.DictReader(file)]
    if len(scores) != len(labels) or len(labels) != len(read_texts(folder / "test_text.csv")):
        raise SystemExit(f"ombuds wrote {len(scores)} rows for {len(labels)} comments")
    return judged(labels, scores)


# ---------------------------------------------------------------- in the parent


def measure(name: str, folder: Path, label: str, program: Ombuds | None,
            in_files: bool = False) -> list[dict]:
    """One peer on one split; Ombuds, if asked, also with what it can put into files put there."""
    print(f"… {name}", file=sys.stderr, flush=True)
    if name != "ombuds":
        found = child("fit", folder, learner=name, label=label)
        return found[0] if found else []
    if program is None:
        return []
    model = folder / OMBUDS_MODEL
    run = program.train(folder / "train.csv", label, model)
    program.flag(folder / "test_text.csv", folder / "ombuds.csv", model)
    found = child("judge", folder, label=label)
    if found is None:
        return []
    rows = [{"peer": "Ombuds", "version": program.version, **found[0], **taken(run)}]
    if in_files:
        again = folder / f"{OMBUDS_MODEL}-files"
        run = program.train(folder / "train.csv", label, again, more=["--max-memory", LEAST_MEMORY])
        if (again / WEIGHTS).read_bytes() != (model / WEIGHTS).read_bytes():
            raise SystemExit("another model with features in files")
        rows.append({**rows[0], "name": "ombuds-files",
                     "peer": f"Ombuds, --max-memory {LEAST_MEMORY}: the same model", **taken(run)})
    return rows


def taken(run) -> dict:
    return {"train_s": run.seconds, "train_cpu_s": run.cpu_s, "train_peak_mib": run.peak_mib}


def number(value, form: str) -> str:
    return "–" if value is None else format(value, form)


def ratio(theirs, ours) -> str:
    return f"{theirs / ours:.3g}×" if theirs and ours else "–"


def wikipedia(args, corpora: Path, program: Ombuds | None) -> list[dict]:
    """Prints the table of training; its rows."""
    folder = WORK / "wikipedia"
    laid_out = child("split", folder, source=str(corpora / WIKIPEDIA), rows=args.rows,
                     keep_twins=args.keep_twins)
    if laid_out is None:
        raise SystemExit(1)
    facts = laid_out[0]
    results = []
    for name in ALL_PEERS:
        stored = WORK / f"result-{name}.json"
        if args.reuse and stored.exists() and name not in args.anew:
            earlier = json.loads(stored.read_text())
            if earlier["split"] == facts["sha256"]:
                results += earlier["results"]
                continue
        if name in args.only:
            rows = measure(name, folder, "toxic", program, in_files=True)
            found = [{"name": name, **row} for row in rows]
            stored.write_text(json.dumps({"split": facts["sha256"], "results": found}, indent=1))
            results += found

    ours = next((r for r in results if r["name"] == "ombuds"), {})
    print(f"{WIKIPEDIA}: {facts['train']} rows to train ({facts['positive_train']} toxic; "
          f"{facts['twins_dropped']} dropped whose text stands in the test part), "
          f"{facts['test']} to test ({facts['positive_test']} toxic). "
          "From the file to the fitted model, once; Ombuds also with start, all threads and a "
          "calibrated threshold, the others without starting Python. "
          "Ratios: how many times what Ombuds takes.\n")
    print("| peer | version | ROC AUC | AP | train s | train CPU s | ratio | peak MiB | ratio |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for r in sorted(results, key=lambda r: -r["auc"]):
        print(f"| {r['peer']} | {r['version']} | {r['auc']:.4f} | {r['ap']:.4f} "
              f"| {number(r['train_s'], '.1f')} | {number(r['train_cpu_s'], '.1f')} "
              f"| {ratio(r['train_s'], ours.get('train_s'))} "
              f"| {number(r['train_peak_mib'], ',.0f')} "
              f"| {ratio(r['train_peak_mib'], ours.get('train_peak_mib'))} |")
    print(flush=True)
    return results


def insults(args, corpora: Path, program: Ombuds | None) -> None:
    """Prints the table of the folds."""
    folder = WORK / "insults"
    laid_out = child("folds", folder, source=str(corpora / INSULTS), rows=args.rows,
                     keep_twins=args.keep_twins)
    if laid_out is None:
        raise SystemExit(1)
    folds = laid_out[0]["folds"]
    table: dict[str, list] = {}
    for name in (n for n in ALL_PEERS if n in args.only):
        for fold in range(FOLDS):
            found = measure(name, folder / f"fold{fold}", "insult", program)
            if not found:
                break
            for r in found:
                table.setdefault(r["peer"], []).append(r)

    print(f"{INSULTS}: {sum(fold['test'] for fold in folds)} rows, {FOLDS} folds by "
          f"sha1(text)[1] % {FOLDS}; training rows dropped as twins of test rows: "
          f"{[fold['twins_dropped'] for fold in folds]}.\n")
    heads = " | ".join(f"fold {fold} AUC" for fold in range(FOLDS))
    print(f"| peer | version | {heads} | mean AUC | mean AP | train s, sum |")
    print("|---|---|" + "--:|" * (FOLDS + 3))
    rows = [(peer, found) for peer, found in table.items() if len(found) == FOLDS]
    for peer, found in sorted(rows, key=lambda row: -sum(r["auc"] for r in row[1])):
        seconds = None if found[0]["train_s"] is None else sum(r["train_s"] for r in found)
        cells = " | ".join(f"{r['auc']:.4f}" for r in found)
        print(f"| {peer} | {found[0]['version']} | {cells} "
              f"| {sum(r['auc'] for r in found) / FOLDS:.4f} "
              f"| {sum(r['ap'] for r in found) / FOLDS:.4f} | {number(seconds, '.1f')} |")
