"""Writes metrics.json: inputs and the figures scikit-learn, scipy and krippendorff give for them.

    python3 -m venv /tmp/oracle
    /tmp/oracle/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 krippendorff==0.9.0
    /tmp/oracle/bin/python tests/oracle/metrics.py

Floats are written by repr, so they are read back to the bit.
"""

import importlib.metadata
import json
import pathlib
import platform
import warnings

import krippendorff
import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn import metrics as skm

warnings.simplefilter("ignore")  # one class only: that is the point of those cases
RNG = np.random.default_rng(20260822)
THRESHOLDS = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]


WILSON = [(0, 10, 0.95), (3, 10, 0.95), (10, 10, 0.9), (57, 1000, 0.99), (1, 3, 0.5), (9, 20, 0.999999)]


def number(value):
    """None for NaN, so that the file is plain JSON."""
    value = float(value)
    return None if np.isnan(value) else value


def numbers(values):
    return [number(value) for value in values]


def confusion_row(y, p, w, threshold):
    flagged = (p >= threshold).astype(int)
    undefined = {"zero_division": np.nan, "sample_weight": w}
    (tn, fp), (fn, tp) = skm.confusion_matrix(y, flagged, labels=[0, 1], sample_weight=w)
    return {
        "threshold": threshold,
        "counts": numbers([tp, fp, tn, fn]),
        "precision": number(skm.precision_score(y, flagged, **undefined)),
        "recall": number(skm.recall_score(y, flagged, **undefined)),
        "f1": number(skm.f1_score(y, flagged, **undefined)),
        "accuracy": number(skm.accuracy_score(y, flagged, sample_weight=w)),
    }


def ece(y, p, w, bins):
    """Expected calibration error of given bin numbers; scikit-learn has none."""
    error = 0.0
    for b in np.unique(bins[w > 0]):
        i = bins == b
        mean_p, share = np.average(p[i], weights=w[i]), np.average(y[i], weights=w[i])
        error += w[i].sum() / w.sum() * abs(mean_p - share)
    return number(error)


def equal_width(p, n):
    return np.clip(np.searchsorted(np.arange(n + 1) / n, p, side="right") - 1, 0, n - 1)


def equal_mass(p, w, n):
    """The bin that holds the middle of each tie's weight."""
    middle = {s: (w[p < s].sum() + w[p == s].sum() / 2) / w.sum() for s in np.unique(p)}
    return np.minimum([int(middle[s] * n) for s in p], n - 1)


def curves(y, p, w):
    out = {}
    if 0 < y.sum() < len(y):
        fpr, tpr, thr = skm.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
        out["roc"] = {"fpr": numbers(fpr), "tpr": numbers(tpr), "thresholds": numbers(thr[1:])}
    if y.sum() > 0:
        pre, rec, thr = skm.precision_recall_curve(y, p, sample_weight=w)
        out["pr"] = {"precision": numbers(pre), "recall": numbers(rec), "thresholds": numbers(thr)}
    return out


def case(name, p, y, w=None, with_curves=False):
    p, y = np.asarray(p, float), np.asarray(y, int)
    ones = np.ones(len(p)) if w is None else np.asarray(w, float)
    both = 0 < y.sum() < len(y)
    out = {
        "name": name,
        "scores": p.tolist(),
        "labels": y.tolist(),
        "weights": None if w is None else ones.tolist(),
        "roc_auc": number(skm.roc_auc_score(y, p, sample_weight=w)) if both else None,
        # scikit-learn says 0 without positives; ours says nothing.
        "average_precision": number(skm.average_precision_score(y, p, sample_weight=w))
        if y.sum() > 0
        else None,
        "brier": number(skm.brier_score_loss(y, p, sample_weight=w, labels=[0, 1], pos_label=1)),
        "log_loss": number(skm.log_loss(y, p, sample_weight=w, labels=[0, 1])),
        "ece_equal_width_10": ece(y, p, ones, equal_width(p, 10)),
        "ece_equal_width_15": ece(y, p, ones, equal_width(p, 15)),
        "ece_equal_mass_10": ece(y, p, ones, equal_mass(p, ones, 10)),
        "confusion": [confusion_row(y, p, w, t) for t in THRESHOLDS],
    }
    return out | (curves(y, p, w) if with_curves else {})


def random_case(name, n, base, decimals=None, weighted=False, with_curves=False):
    y = (RNG.random(n) < base).astype(int)
    logit = RNG.normal(size=n) + 1.5 * y - 1.0
    p = 1 / (1 + np.exp(-logit))
    p = np.round(p, 6 if decimals is None else decimals)
    w = np.round(RNG.exponential(size=n), 3) * (RNG.random(n) > 0.05) if weighted else None
    return case(name, p, y, w, with_curves)


def binary_cases():
    return [
        case("textbook", [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], with_curves=True),
        case("all scores equal", [0.3] * 7, [0, 1, 0, 0, 1, 0, 0], with_curves=True),
        case("positives only", [0.2, 0.9, 0.9, 0.4], [1, 1, 1, 1], with_curves=True),
        case("negatives only", [0.2, 0.9, 0.9, 0.4], [0, 0, 0, 0]),
        case("perfect, with 0 and 1", [0.0, 0.0, 1.0, 1.0], [0, 0, 1, 1], with_curves=True),
        case("inverted, with 0 and 1", [1.0, 1.0, 0.0, 0.0], [0, 0, 1, 1], with_curves=True),
        case("one row", [0.7], [1]),
        random_case("small, ties", 60, 0.4, decimals=1, with_curves=True),
        random_case("small, ties, weights", 60, 0.4, decimals=1, weighted=True, with_curves=True),
        random_case("no ties", 1000, 0.3),
        random_case("ties", 1000, 0.1, decimals=2),
        random_case("ties, weights", 1000, 0.1, decimals=2, weighted=True),
        random_case("rare positives", 1500, 0.01),
    ]


def correlation_case(name, x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    return {
        "name": name,
        "x": x.tolist(),
        "y": y.tolist(),
        "pearson": number(scipy.stats.pearsonr(x, y).statistic),
        "spearman": number(scipy.stats.spearmanr(x, y).statistic),
    }


def correlation_cases():
    x = np.round(RNG.normal(size=80), 4)
    y = np.round(x + RNG.normal(size=80), 4)
    return [
        correlation_case("no ties", x, y),
        correlation_case("ties", np.round(x), np.round(y, 1)),
        correlation_case("constant", [1, 1, 1], [1, 2, 3]),
        correlation_case("large offset", 1e6 + x[:20], y[:20]),
    ]


def agreement_case(name, n_raters, n_units, n_values, missing):
    truth = RNG.integers(n_values, size=n_units)
    noise = RNG.random((n_raters, n_units)) < 0.3
    ratings = np.where(noise, RNG.integers(n_values, size=(n_raters, n_units)), truth).astype(float)
    ratings[RNG.random((n_raters, n_units)) < missing] = np.nan
    alpha = krippendorff.alpha(reliability_data=ratings, level_of_measurement="nominal")
    full = ~np.isnan(ratings[:2]).any(axis=0)
    return {
        "name": name,
        "ratings": [[None if np.isnan(v) else int(v) for v in row] for row in ratings],
        "alpha": number(alpha),
        # Of the first two raters, on the units that both rated.
        "kappa": number(skm.cohen_kappa_score(*ratings[:2, full].astype(int))),
    }


def agreement_cases():
    return [
        agreement_case("two raters", 2, 60, 2, 0.0),
        agreement_case("five raters, missing", 5, 60, 3, 0.4),
        agreement_case("three raters, mostly missing", 3, 40, 4, 0.7),
    ]


def wilson_cases():
    out = []
    for k, n, level in WILSON:
        ci = scipy.stats.binomtest(k, n).proportion_ci(level, method="wilson")
        out.append({"k": k, "n": n, "level": level, "lower": number(ci.low), "upper": number(ci.high)})
    return out


oracle = {
    "made_by": "tests/oracle/metrics.py",
    "versions": {
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "scipy": scipy.__version__,
        "numpy": np.__version__,
        "krippendorff": importlib.metadata.version("krippendorff"),
    },
    "binary": binary_cases(),
    "correlation": correlation_cases(),
    "agreement": agreement_cases(),
    "wilson": wilson_cases(),
}
path = pathlib.Path(__file__).with_suffix(".json")
text = json.dumps(oracle, allow_nan=False, separators=(",", ":"))
path.write_text(text.replace('{"name"', '\n{"name"') + "\n")
