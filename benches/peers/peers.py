"""Measures Ombuds and its peers on the same rows: quality, time, memory.

Started by `run`, which makes the Python environment. Every peer works in a process of its own, so
that a peak is that peer's; this process reads no data itself, because on Linux a child's
`ru_maxrss` starts from its parent's.

What is timed: training counts from the CSV file to a fitted model, predicting from the CSV file to
the scores. For the Python peers starting the interpreter and importing packages is not counted;
for Ombuds, a command, everything is: start, loading the model, writing the output.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE / ".work"
WIKIPEDIA = "wikipedia_talk_toxicity.csv"
INSULTS = "social_commentary_insults_train.csv"
COSTS = (1.0, 4.0)  # the C of scikit-learn's logistic regression: its default and a weaker penalty
FOLDS = 5

csv.field_size_limit(1 << 30)


# ---------------------------------------------------------------- files


def read_rows(path: Path, label: str):
    """The (text, label) rows of a CSV file, one at a time."""
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["text"], int(row[label])


def write_rows(path: Path, header: list[str], rows) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        # NONNUMERIC quotes every text, so a lone \r in one survives the round trip
        out = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def read_columns(path: Path, label: str) -> tuple[list[str], list[int]]:
    texts, labels = [], []
    for text, value in read_rows(path, label):
        texts.append(text)
        labels.append(value)
    return texts, labels


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


def child_split(folder: Path, options: dict) -> dict:
    """Lays out the Wikipedia split."""
    rows = subsample(list(read_rows(Path(options["source"]), "toxic")), options["rows"])
    is_test = [digest(text)[0] % 5 == 0 for text, _ in rows]
    return write_part(
        folder,
        "toxic",
        [row for row, test in zip(rows, is_test) if not test],
        [row for row, test in zip(rows, is_test) if test],
        options["keep_twins"],
    )


def child_folds(folder: Path, options: dict) -> dict:
    """Lays out the folds of the insults set."""
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


# ---------------------------------------------------------------- measuring, inside a child


def peak_mib() -> float:
    """This process's peak resident memory so far."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def quality(labels: list[int], scores) -> dict:
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "auc": float(roc_auc_score(labels, scores)),
        "ap": float(average_precision_score(labels, scores)),
    }


def result(name: str, version: str, labels, scores, train_s, predict_s, rss, cpu=None) -> dict:
    return {
        "peer": name,
        "version": version,
        **quality(labels, scores),
        "train_s": train_s,
        "train_cpu_s": cpu,
        "train_peak_mib": rss,
        "predict_s": predict_s,
        "rows": len(labels),
    }


# ---------------------------------------------------------------- peers, each in its own child


def sklearn_logistic(folder: Path, label: str, title: str, features) -> list[dict]:
    """TF-IDF and logistic regression at each C. Features are made once and counted each time."""
    import sklearn
    from sklearn.linear_model import LogisticRegression

    start, cpu = time.perf_counter(), time.process_time()
    texts, labels = read_columns(folder / "train.csv", label)
    matrix = features.fit_transform(texts)
    prepare_s, prepare_cpu = time.perf_counter() - start, time.process_time() - cpu

    fitted = []
    for cost in COSTS:
        start, cpu = time.perf_counter(), time.process_time()
        model = LogisticRegression(solver="liblinear", C=cost).fit(matrix, labels)
        fit_s, fit_cpu = time.perf_counter() - start, time.process_time() - cpu
        fitted.append((cost, model, prepare_s + fit_s, prepare_cpu + fit_cpu, peak_mib()))
    print(f"{title}: {matrix.shape[0]} rows, {matrix.shape[1]} features, "
          f"{matrix.nnz} non-zeros", file=sys.stderr)
    del matrix, texts

    start = time.perf_counter()
    texts, labels = read_columns(folder / "test.csv", label)
    matrix = features.transform(texts)
    transform_s = time.perf_counter() - start

    results = []
    for cost, model, train_s, train_cpu, rss in fitted:
        start = time.perf_counter()
        scores = model.predict_proba(matrix)[:, 1]
        predict_s = transform_s + time.perf_counter() - start
        results.append(result(f"{title}, C={cost:g}", f"scikit-learn {sklearn.__version__}", labels,
                              scores, train_s, predict_s, rss, train_cpu))
    return results


def word_tfidf():
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True)


def peer_sklearn_word_char(folder: Path, label: str) -> list[dict]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    char = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    union = FeatureUnion([("word", word_tfidf()), ("char", char)])
    return sklearn_logistic(folder, label, "TF-IDF word(1,2) + char_wb(2,5), LR", union)


def peer_sklearn_word(folder: Path, label: str) -> list[dict]:
    return sklearn_logistic(folder, label, "TF-IDF word(1,2), LR", word_tfidf())


TOKEN = re.compile(r"\w+|[^\w\s]")


def tokens(text: str) -> str:
    """Lower-cased words and signs apart, on one line: fastText's own advice for its input."""
    return " ".join(TOKEN.findall(text.lower()))


def peer_fasttext(folder: Path, label: str) -> list[dict]:
    import fasttext

    fasttext.FastText.eprint = lambda *_: None
    start, cpu = time.perf_counter(), time.process_time()
    with open(folder / "train.ft", "w", encoding="utf-8") as out:
        for text, value in read_rows(folder / "train.csv", label):
            out.write(f"__label__{value} {tokens(text)}\n")
    model = fasttext.train_supervised(
        str(folder / "train.ft"), wordNgrams=2, minn=3, maxn=5,
        thread=os.cpu_count() or 1, verbose=0,
    )
    train_s, train_cpu = time.perf_counter() - start, time.process_time() - cpu
    rss = peak_mib()

    start = time.perf_counter()
    texts, labels = read_columns(folder / "test.csv", label)
    # the binding itself, for under numpy 2 the wrapper fails on one text, and for a list of them
    # (0.9.2) gives the first label's share to every label
    scores = []
    for text in texts:
        found = model.f.predict(tokens(text) + "\n", 2, 0.0, "strict")
        scores.append(next((share for share, name in found if name == "__label__1"), 0.0))
    predict_s = time.perf_counter() - start
    return [result("fastText, word 2-grams + char 3-5-grams", package("fasttext-wheel", "fasttext"),
                   labels, scores, train_s, predict_s, rss,
                   train_cpu)]


def peer_vw(folder: Path, label: str) -> list[dict]:
    import vowpalwabbit

    def convert(source: Path, target: Path) -> list[int]:
        labels = []
        with open(target, "w", encoding="utf-8") as out:
            for text, value in read_rows(source, label):
                labels.append(value)
                # the colon and the bar are Vowpal Wabbit's own signs
                words = tokens(text).replace(":", " ").replace("|", " ")
                out.write(f"{1 if value else -1} |t {words}\n")
        return labels

    def drive(arguments: list[str]) -> None:
        # run over the whole file by the C++ driver, as the `vw` command does
        vowpalwabbit.Workspace(arg_list=["--quiet", *arguments]).finish()

    model, predictions = folder / "model.vw", folder / "predictions.vw"
    start, cpu = time.perf_counter(), time.process_time()
    convert(folder / "train.csv", folder / "train.vw")
    drive(["-d", str(folder / "train.vw"), "-f", str(model),
           "--loss_function", "logistic", "--ngram", "2", "-b", "22"])
    train_s, train_cpu = time.perf_counter() - start, time.process_time() - cpu
    rss = peak_mib()

    start = time.perf_counter()
    labels = convert(folder / "test.csv", folder / "test.vw")
    drive(["-t", "-i", str(model), "-d", str(folder / "test.vw"), "-p", str(predictions)])
    with open(predictions, encoding="utf-8") as file:
        scores = [float(line.split()[0]) for line in file]
    predict_s = time.perf_counter() - start
    return [result("Vowpal Wabbit, logistic, word 2-grams, one pass",
                   f"vowpalwabbit {vowpalwabbit.__version__}", labels, scores, train_s, predict_s,
                   rss, train_cpu)]


def peer_profanity_recipe(folder: Path, label: str) -> list[dict]:
    """What alt-profanity-check's published model was made with, fitted on our rows."""
    import sklearn
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.svm import LinearSVC

    start, cpu = time.perf_counter(), time.process_time()
    texts, labels = read_columns(folder / "train.csv", label)
    counts = CountVectorizer(stop_words="english", min_df=0.0001)
    matrix = counts.fit_transform(texts)
    svm = LinearSVC(class_weight="balanced", dual=False, tol=1e-2, max_iter=100_000)
    model = CalibratedClassifierCV(svm).fit(matrix, labels)
    train_s, train_cpu = time.perf_counter() - start, time.process_time() - cpu
    rss = peak_mib()

    start = time.perf_counter()
    texts, labels = read_columns(folder / "test.csv", label)
    scores = model.predict_proba(counts.transform(texts))[:, 1]
    predict_s = time.perf_counter() - start
    return [result("alt-profanity-check's recipe, refitted", f"scikit-learn {sklearn.__version__}",
                   labels, scores, train_s, predict_s, rss,
                   train_cpu)]


def peer_profanity_check(folder: Path, label: str) -> list[dict]:
    """alt-profanity-check as it ships. Its own training set holds Wikipedia talk rows, so part of
    our test part may not be new to it."""
    import profanity_check

    start = time.perf_counter()
    texts, labels = read_columns(folder / "test.csv", label)
    scores = profanity_check.predict_prob(texts)
    predict_s = time.perf_counter() - start
    return [result("alt-profanity-check as shipped (may have seen test rows)",
                   package("alt-profanity-check"), labels, scores, None, predict_s, None)]


PYTHON_PEERS = {
    "sklearn-word-char": peer_sklearn_word_char,
    "sklearn-word": peer_sklearn_word,
    "fasttext": peer_fasttext,
    "vw": peer_vw,
    "profanity-recipe": peer_profanity_recipe,
    "profanity-check": peer_profanity_check,
}
ALL_PEERS = [*PYTHON_PEERS, "ombuds"]


def package(*names: str) -> str:
    for name in names:
        try:
            return f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue
    return "?"


def child_score(folder: Path, options: dict) -> list[dict]:
    """Judges what `ombuds flag` wrote; the times were taken by the parent."""
    label = options["label"]
    _, labels = read_columns(folder / "test.csv", label)
    with open(folder / "ombuds.csv", newline="", encoding="utf-8") as file:
        scores = [float(row[f"{label}_score"]) for row in csv.DictReader(file)]
    if len(scores) != len(labels):
        raise SystemExit(f"ombuds wrote {len(scores)} rows for {len(labels)} comments")
    return [result("Ombuds", options["version"], labels, scores, options["train_s"],
                   options["predict_s"], options["train_peak_mib"], options["train_cpu_s"])]


def child_main(name: str, folder: Path, options: dict) -> None:
    if name == "split":
        answer = child_split(folder, options)
    elif name == "folds":
        answer = child_folds(folder, options)
    elif name == "score":
        answer = child_score(folder, options)
    else:
        answer = PYTHON_PEERS[name](folder, options["label"])
    Path(options["answer"]).write_text(json.dumps(answer))


# ---------------------------------------------------------------- the parent


def child(name: str, folder: Path, **options):
    """Runs one step in a process of its own; None when it failed, which costs that step only."""
    answer = WORK / "answer.json"
    answer.unlink(missing_ok=True)
    options["answer"] = str(answer)
    command = [sys.executable, str(Path(__file__).resolve()), "--child", name, str(folder),
               json.dumps(options)]
    # one thread in numpy's libraries: none of the peers gains by more, and timings stay steady
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    code = subprocess.call(command, env=environment)
    if code or not answer.exists():
        print(f"{name}: failed (exit {code}), left out", file=sys.stderr)
        return None
    return json.loads(answer.read_text())


def timed(command: list[str]) -> tuple[float, float, float]:
    """Runs a command; seconds, CPU seconds and peak MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale


def run_ombuds(binary: Path, folder: Path, label: str):
    if not binary.is_file():
        print(f"ombuds: no binary at {binary}, left out "
              "(cargo build --release, or --ombuds PATH)", file=sys.stderr)
        return None
    model, out = folder / "ombuds-model", folder / "ombuds.csv"
    subprocess.call(["rm", "-rf", str(model), str(out)])
    try:
        version = subprocess.check_output([str(binary), "--version"], text=True).strip()
        train_s, train_cpu_s, train_peak = timed(
            [str(binary), "train", "--data", str(folder / "train.csv"),
             "--labels", label, "--test-fraction", "0", "--model", str(model)])
        predict_s, _, _ = timed([str(binary), "flag", "--model", str(model),
                              str(folder / "test_text.csv"), "-o", str(out)])
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"ombuds: {error}, left out", file=sys.stderr)
        return None
    return child("score", folder, label=label, version=version or "?", train_s=train_s,
                 train_cpu_s=train_cpu_s, predict_s=predict_s, train_peak_mib=train_peak)


def run_peer(name: str, folder: Path, label: str, binary: Path):
    print(f"… {name}", file=sys.stderr, flush=True)
    if name == "ombuds":
        return run_ombuds(binary, folder, label)
    return child(name, folder, label=label)


def number(value, form: str) -> str:
    return "–" if value is None else format(value, form)


def ratio(theirs, ours) -> str:
    return f"{theirs / ours:.2f}×" if theirs and ours else "–"


def wikipedia(args, corpora: Path) -> int:
    folder = WORK / "wikipedia"
    facts = child("split", folder, source=str(corpora / WIKIPEDIA), rows=args.rows,
                  keep_twins=args.keep_twins)
    if facts is None:
        return 1
    key = facts["sha256"]
    results = []
    for name in ALL_PEERS:
        stored = WORK / f"result-{name}.json"
        wanted = name in args.only
        if args.reuse and stored.exists():
            earlier = json.loads(stored.read_text())
            if earlier["split"] == key and not (wanted and args.explicit):
                results += earlier["results"]
                continue
        if not wanted:
            continue
        found = run_peer(name, folder, "toxic", args.ombuds)
        if found:
            stored.write_text(json.dumps({"split": key, "results": found}, indent=1))
            results += found

    ours = next((r for r in results if r["peer"] == "Ombuds"), {})
    print(f"{WIKIPEDIA}: {facts['train']} rows to train ({facts['positive_train']} toxic; "
          f"{facts['twins_dropped']} dropped whose text stands in the test part), "
          f"{facts['test']} to test ({facts['positive_test']} toxic). "
          "Seconds are wall time, CPU seconds of all threads beside them. "
          "Ratios: how many times as long as Ombuds the peer takes.\n")
    print("| peer | version | ROC AUC | AP | train s | train CPU s | train ratio "
          "| peak RSS train, MiB | predict rows/s | predict ratio |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for r in sorted(results, key=lambda r: -r["auc"]):
        print(f"| {r['peer']} | {r['version']} | {r['auc']:.4f} | {r['ap']:.4f} "
              f"| {number(r['train_s'], '.1f')} | {number(r['train_cpu_s'], '.1f')} "
              f"| {ratio(r['train_s'], ours.get('train_s'))} "
              f"| {number(r['train_peak_mib'], ',.0f')} | {r['rows'] / r['predict_s']:,.0f} "
              f"| {ratio(r['predict_s'], ours.get('predict_s'))} |")
    return 0


def insults(args, corpora: Path) -> int:
    folder = WORK / "insults"
    facts = child("folds", folder, source=str(corpora / INSULTS), rows=args.rows,
                  keep_twins=args.keep_twins)
    if facts is None:
        return 1
    table: dict[str, list] = {}
    for name in (n for n in ALL_PEERS if n in args.only):
        for fold in range(FOLDS):
            found = run_peer(name, folder / f"fold{fold}", "insult", args.ombuds)
            if found is None:
                break
            for r in found:
                table.setdefault(r["peer"], []).append(r)

    total = sum(fold["test"] for fold in facts["folds"])
    dropped = [fold["twins_dropped"] for fold in facts["folds"]]
    print(f"{INSULTS}: {total} rows, {FOLDS} folds by sha1(text)[1] % {FOLDS}; "
          f"training rows dropped as twins of test rows: {dropped}.\n")
    heads = " | ".join(f"fold {fold} AUC" for fold in range(FOLDS))
    print(f"| peer | version | {heads} | mean AUC | mean AP | train s, sum |")
    print("|---|---|" + "--:|" * (FOLDS + 3))
    rows = [(peer, found) for peer, found in table.items() if len(found) == FOLDS]
    for peer, found in sorted(rows, key=lambda row: -sum(r["auc"] for r in row[1])):
        aucs = [r["auc"] for r in found]
        seconds = None if found[0]["train_s"] is None else sum(r["train_s"] for r in found)
        cells = " | ".join(f"{auc:.4f}" for auc in aucs)
        print(f"| {peer} | {found[0]['version']} | {cells} | {sum(aucs) / FOLDS:.4f} "
              f"| {sum(r['ap'] for r in found) / FOLDS:.4f} | {number(seconds, '.1f')} |")
    return 0


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        child_main(sys.argv[2], Path(sys.argv[3]), json.loads(sys.argv[4]))
        return 0

    parser = argparse.ArgumentParser(
        description="Measure Ombuds and its peers on the corpora that OMBUDS_CORPORA names.",
        epilog=f"peers: {', '.join(ALL_PEERS)}")
    parser.add_argument("--only", metavar="NAME,...", help="these peers only")
    parser.add_argument("--rows", type=int, metavar="N", help="subsample for a quick run")
    parser.add_argument("--ombuds", type=Path, metavar="PATH", help="default target/release/ombuds",
                        default=HERE.parent.parent / "target" / "release" / "ombuds")
    parser.add_argument("--insults", action="store_true",
                        help="5-fold cross-validation on the insults set instead "
                             "(by default with sklearn-word-char and ombuds)")
    parser.add_argument("--reuse", action="store_true",
                        help="take results measured before on the same split; "
                             "peers named by --only are measured anew")
    parser.add_argument("--keep-twins", action="store_true",
                        help="keep training rows whose normalised text stands in the test part")
    args = parser.parse_args()

    args.explicit = args.only is not None
    if args.explicit:
        args.only = args.only.split(",")
    else:
        args.only = ["sklearn-word-char", "ombuds"] if args.insults else ALL_PEERS
    unknown = [name for name in args.only if name not in ALL_PEERS]
    if unknown:
        parser.error(f"no peer named {', '.join(unknown)}; there are {', '.join(ALL_PEERS)}")

    corpora = os.environ.get("OMBUDS_CORPORA")
    if not corpora:
        parser.error("set OMBUDS_CORPORA to the folder of the corpora")
    source = Path(corpora) / (INSULTS if args.insults else WIKIPEDIA)
    if not source.is_file():
        parser.error(f"{source} is missing")
    WORK.mkdir(exist_ok=True)
    return (insults if args.insults else wikipedia)(args, Path(corpora))


if __name__ == "__main__":
    sys.exit(main())
