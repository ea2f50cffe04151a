"""The peers, each as its own documentation uses it: fit, keep the model, load it, score."""

from __future__ import annotations

import os
import pickle
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from measure import Stopwatch, package, peak_mib
from rows import read_columns, read_rows

COSTS = (1.0, 4.0)  # the C of scikit-learn's logistic regression: its default and a weaker penalty


@dataclass
class Fitted:
    """One trained peer. Times run from the CSV file to the fitted model; importing is not counted."""

    title: str
    version: str
    score: Callable[[list[str]], object]
    train_s: float | None = None
    train_cpu_s: float | None = None
    peak_mib: float | None = None


@dataclass
class Loaded:
    """A peer ready to score; `prepare` and `score_prepared` part its own input form from scoring,
    where it has one."""

    score: Callable[[list[str]], object]
    prepare: Callable[[list[str]], object] | None = None
    score_prepared: Callable[[object], object] | None = None


@dataclass
class Learner:
    """How a peer is fitted into a folder, and loaded from it. A slow one is timed on `subset` rows."""

    title: str
    fit: Callable[[Path, str], list[Fitted]]
    load: Callable[[Path], Loaded]
    subset: int | None = None
    has_own_form: bool = False


# ---------------------------------------------------------------- scikit-learn


def pickled(folder: Path, name: str, features, model) -> None:
    with open(folder / f"{name}.pickle", "wb") as file:
        pickle.dump((features, model), file, protocol=5)


def load_pickled(name: str) -> Callable[[Path], Loaded]:
    def load(folder: Path) -> Loaded:
        with open(folder / f"{name}.pickle", "rb") as file:
            # written by this program a moment before
            features, model = pickle.load(file)
        return Loaded(lambda texts: model.predict_proba(features.transform(texts))[:, 1])

    return load


def fit_logistic(folder: Path, label: str, name: str, title: str, features) -> list[Fitted]:
    """TF-IDF and logistic regression at each C. Features are made once and counted each time."""
    import sklearn
    from sklearn.linear_model import LogisticRegression

    watch = Stopwatch()
    texts, labels = read_columns(folder / "train.csv", label)
    matrix = features.fit_transform(texts)
    prepare_s, prepare_cpu = watch.read()
    def scorer(model):
        return lambda texts: model.predict_proba(features.transform(texts))[:, 1]

    fitted = []
    for cost in COSTS:
        watch = Stopwatch()
        model = LogisticRegression(solver="liblinear", C=cost).fit(matrix, labels)
        fit_s, fit_cpu = watch.read()
        fitted.append(Fitted(f"{title}, C={cost:g}", f"scikit-learn {sklearn.__version__}",
                             scorer(model), prepare_s + fit_s, prepare_cpu + fit_cpu, peak_mib()))
    pickled(folder, name, features, model)
    return fitted


def word_tfidf():
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True)


WORD_CHAR = "TF-IDF word(1,2) + char_wb(2,5), LR"
WORD = "TF-IDF word(1,2), LR"


def fit_sklearn_word_char(folder: Path, label: str) -> list[Fitted]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    char = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    union = FeatureUnion([("word", word_tfidf()), ("char", char)])
    return fit_logistic(folder, label, "sklearn-word-char", WORD_CHAR, union)


def fit_sklearn_word(folder: Path, label: str) -> list[Fitted]:
    return fit_logistic(folder, label, "sklearn-word", WORD, word_tfidf())


def fit_profanity_recipe(folder: Path, label: str) -> list[Fitted]:
    """What alt-profanity-check's published model was made with, fitted on our rows."""
    import sklearn
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.svm import LinearSVC

    watch = Stopwatch()
    texts, labels = read_columns(folder / "train.csv", label)
    counts = CountVectorizer(stop_words="english", min_df=0.0001)
    matrix = counts.fit_transform(texts)
    svm = LinearSVC(class_weight="balanced", dual=False, tol=1e-2, max_iter=100_000)
    model = CalibratedClassifierCV(svm).fit(matrix, labels)
    seconds, cpu = watch.read()
    pickled(folder, "profanity-recipe", counts, model)
    return [Fitted("alt-profanity-check's recipe, refitted", f"scikit-learn {sklearn.__version__}",
                   lambda texts: model.predict_proba(counts.transform(texts))[:, 1],
                   seconds, cpu, peak_mib())]


def fit_profanity_check(_folder: Path, _label: str) -> list[Fitted]:
    """alt-profanity-check as it ships. Its own training set holds Wikipedia talk rows, so part of
    our test part may not be new to it."""
    import profanity_check

    return [Fitted("alt-profanity-check as shipped (may have seen test rows)",
                   package("alt-profanity-check"), profanity_check.predict_prob)]


def load_profanity_check(_folder: Path) -> Loaded:
    import profanity_check

    return Loaded(profanity_check.predict_prob)


# ---------------------------------------------------------------- fastText

TOKEN = re.compile(r"\w+|[^\w\s]")


def tokens(text: str) -> str:
    """Lower-cased words and signs apart, on one line: fastText's own advice for its input."""
    return " ".join(TOKEN.findall(text.lower()))


def fasttext_of(model) -> Loaded:
    def prepare(texts: list[str]) -> list[str]:
        return [tokens(text) + "\n" for text in texts]

    def score(lines: list[str]) -> list[float]:
        # the binding itself, all lines in one call: the wrapper fails under numpy 2. Of two labels
        # the likelier one and its share tell both
        labels, shares = model.f.multilinePredict(lines, 1, 0.0, "strict")
        return [positive(share, label) for share, label in zip(shares, labels)]

    def positive(share, label) -> float:
        if not len(label):  # a text without a token
            return 0.0
        return float(share[0]) if label[0] == "__label__1" else 1.0 - float(share[0])

    return Loaded(lambda texts: score(prepare(texts)), prepare, score)


def fit_fasttext(folder: Path, label: str) -> list[Fitted]:
    import fasttext

    fasttext.FastText.eprint = lambda *_: None
    watch = Stopwatch()
    with open(folder / "train.ft", "w", encoding="utf-8") as out:
        for text, value in read_rows(folder / "train.csv", label):
            out.write(f"__label__{value} {tokens(text)}\n")
    model = fasttext.train_supervised(
        str(folder / "train.ft"), wordNgrams=2, minn=3, maxn=5,
        thread=os.cpu_count() or 1, verbose=0,
    )
    seconds, cpu = watch.read()
    peak = peak_mib()
    model.save_model(str(folder / "fasttext.bin"))
    return [Fitted("fastText, word 2-grams + char 3-5-grams", package("fasttext-wheel", "fasttext"),
                   fasttext_of(model).score, seconds, cpu, peak)]


def load_fasttext(folder: Path) -> Loaded:
    import fasttext

    fasttext.FastText.eprint = lambda *_: None
    return fasttext_of(fasttext.load_model(str(folder / "fasttext.bin")))


# ---------------------------------------------------------------- Vowpal Wabbit


def vw_drive(arguments: list[str]) -> None:
    import vowpalwabbit

    # run over the whole file by the C++ driver, as the `vw` command does
    vowpalwabbit.Workspace(arg_list=["--quiet", *arguments]).finish()


def vw_line(text: str, sign: str) -> str:
    # the colon and the bar are Vowpal Wabbit's own signs
    return f"{sign}|t {tokens(text).replace(':', ' ').replace('|', ' ')}\n"


def load_vw(folder: Path) -> Loaded:
    # the driver reads the model once for a file, so that its start is part of scoring
    source, scores = folder / "score.vw", folder / "scores.vw"

    def prepare(texts: list[str]) -> None:
        with open(source, "w", encoding="utf-8") as out:
            out.writelines(vw_line(text, "") for text in texts)

    def score(_prepared: object) -> list[float]:
        vw_drive(["-t", "-i", str(folder / "model.vw"), "-d", str(source), "-p", str(scores)])
        with open(scores, encoding="utf-8") as file:
            return [float(line.split()[0]) for line in file]

    return Loaded(lambda texts: score(prepare(texts)), prepare, score)


def fit_vw(folder: Path, label: str) -> list[Fitted]:
    import vowpalwabbit

    watch = Stopwatch()
    with open(folder / "train.vw", "w", encoding="utf-8") as out:
        for text, value in read_rows(folder / "train.csv", label):
            out.write(vw_line(text, "1 " if value else "-1 "))
    vw_drive(["-d", str(folder / "train.vw"), "-f", str(folder / "model.vw"),
              "--loss_function", "logistic", "--ngram", "2", "-b", "22"])
    seconds, cpu = watch.read()
    return [Fitted("Vowpal Wabbit, logistic, word 2-grams, one pass",
                   f"vowpalwabbit {vowpalwabbit.__version__}", load_vw(folder).score,
                   seconds, cpu, peak_mib())]


LEARNERS = {
    "sklearn-word-char": Learner(WORD_CHAR, fit_sklearn_word_char,
                                 load_pickled("sklearn-word-char"), subset=6_000),
    "sklearn-word": Learner(WORD, fit_sklearn_word, load_pickled("sklearn-word"), subset=40_000),
    "fasttext": Learner("fastText, word 2-grams + char 3-5-grams", fit_fasttext, load_fasttext,
                        has_own_form=True),
    "vw": Learner("Vowpal Wabbit, words only", fit_vw, load_vw, has_own_form=True),
    "profanity-recipe": Learner("alt-profanity-check's recipe, refitted", fit_profanity_recipe,
                                load_pickled("profanity-recipe")),
    "profanity-check": Learner("alt-profanity-check as shipped", fit_profanity_check,
                               load_profanity_check),
}
