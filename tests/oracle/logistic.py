"""Makes logistic.json: small logistic regressions and their optima, as scikit-learn finds them.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install scikit-learn
    /tmp/oracle/bin/python tests/oracle/logistic.py

The objective, with y in {-1, 1} and weights s:

    f(w, b) = sum_i s_i log(1 + exp(-y_i (w.x_i + b))) + R / (2 C)

`free`       R = |w|^2          the intercept is not penalised (lbfgs, newton-cholesky)
`penalised`  R = |w|^2 + b^2    the intercept is the weight of a constant 1 (liblinear,
                                intercept_scaling=1, dual and primal)

f is strictly convex in w, so its optimum is one point. What is stored is one of scikit-learn's
solutions after a few Newton steps in 80-bit floats; `gradient` is the largest component left there,
and `apart` is how far each of scikit-learn's own solutions is from it (largest coordinate). The
script stops if one is further off than its own stopping rule explains.
"""

from __future__ import annotations

import json
import platform
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from sklearn.linear_model import LogisticRegression

OUT = Path(__file__).with_suffix(".json")
# lbfgs stops on the change of f, liblinear on a gradient relative to the first
TOLERATED = {
    "lbfgs": 1e-5,
    "newton-cholesky": 1e-9,
    "liblinear primal": 1e-5,
    "liblinear dual": 1e-5,
}


def objective(beta, x1, y, s, cost, penalised):
    """Value, gradient and Hessian at beta = (w, b), in the precision of its arguments."""
    margin = y * (x1 @ beta)
    value = np.sum(s * np.logaddexp(np.zeros_like(margin), -margin))
    p = 1 / (1 + np.exp(margin))  # of being wrong
    ridge = np.full(len(beta), 1 / cost, dtype=beta.dtype)
    if not penalised:
        ridge[-1] = 0
    value += np.sum(ridge * beta * beta) / 2
    gradient = -x1.T @ (s * y * p) + ridge * beta
    hessian = (x1 * (s * p * (1 - p))[:, None]).T @ x1 + np.diag(ridge)
    return value, gradient, hessian


def polish(beta, x, y, s, cost, penalised):
    long = np.longdouble
    x1 = np.hstack([x, np.ones((len(x), 1))]).astype(long)
    y, s, beta, cost = y.astype(long), s.astype(long), beta.astype(long), long(cost)
    for _ in range(6):
        _, gradient, hessian = objective(beta, x1, y, s, cost, penalised)
        # the step needs few digits, the point keeps them all
        beta = beta - np.linalg.solve(hessian.astype(float), gradient.astype(float)).astype(long)
    rounded = beta.astype(float)
    value, _, _ = objective(beta, x1, y, s, cost, penalised)
    _, gradient, _ = objective(rounded.astype(long), x1, y, s, cost, penalised)
    return rounded, float(value), float(np.max(np.abs(gradient)))


def optimum(x, y, s, cost, penalised):
    """One answer block. Rows of weight 0 are left out of the fit; they change nothing."""
    kept = s > 0
    x, y, s = x[kept], y[kept], s[kept]
    if penalised:
        common = {"solver": "liblinear", "intercept_scaling": 1.0, "tol": 1e-10, "random_state": 0}
        solvers = {
            "liblinear primal": {**common, "dual": False, "max_iter": 10_000},
            "liblinear dual": {**common, "dual": True, "max_iter": 1_000_000},
        }
    else:
        solvers = {
            "newton-cholesky": {"solver": "newton-cholesky", "tol": 1e-12, "max_iter": 1_000},
            "lbfgs": {"solver": "lbfgs", "tol": 1e-12, "max_iter": 100_000},
        }
    found = {}
    for name, options in solvers.items():
        with warnings.catch_warnings():
            # newton-cholesky warns when its line search cannot get any closer in 64 bits
            warnings.simplefilter("ignore")
            model = LogisticRegression(C=cost, **options).fit(x, y, sample_weight=s)
        found[name] = np.append(model.coef_[0], model.intercept_[0])
    start = next(iter(found.values()))
    beta, value, gradient = polish(start, x, y, s, cost, penalised)
    apart = {name: float(np.max(np.abs(other - beta))) for name, other in found.items()}
    for name, distance in apart.items():
        if not distance <= TOLERATED[name]:
            raise SystemExit(f"{name} is {distance} off")
    return {
        "coef": beta[:-1].tolist(),
        "intercept": float(beta[-1]),
        "objective": value,
        "gradient": gradient,
        "apart": apart,
    }


def labels(rng, x, w, b, flip=0.1):
    y = np.where(x @ w + b + rng.logistic(size=len(x)) * 0.7 > 0, 1, -1)
    return np.where(rng.random(len(x)) < flip, -y, y)


def sparse(rng, rows, columns, share):
    """Positive values, rows of length 1, as TF-IDF makes them; three decimals, so some rows are
    a little off length 1. One row is empty."""
    x = rng.random((rows, columns)) * (rng.random((rows, columns)) < share)
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    x[rows // 2] = 0
    return np.round(x, 3)


def problems():
    rng = np.random.default_rng(20240607)

    def entry(name, note, x, y, s, cost, **more):
        s = np.asarray(s, float)
        return {"name": name, "note": note, "x": x, "y": y, "s": s, "C": cost, **more}

    x = np.round(rng.normal(size=(60, 8)), 3)
    y = labels(rng, x, rng.normal(size=8), 0.4)
    ones = np.ones(60)
    yield entry("dense", "60 x 8, no zeros", x, y, ones, 1.0)
    yield entry("dense-strong-penalty", "the same, C = 0.01", x, y, ones, 0.01)
    yield entry("dense-weak-penalty", "the same, C = 1000", x, y, ones, 1000.0)

    s = np.round(rng.gamma(1.5, 1.0, 60) + 0.01, 3)
    yield entry("sample-weights", "the same rows, weights from about 0.01 to 6", x, y, s, 1.0)

    x = np.round(rng.normal(size=(60, 8)) * 10.0 ** np.linspace(-2, 1.5, 8), 4)
    y = labels(rng, x / np.std(x, axis=0), rng.normal(size=8), 0.0)
    yield entry("uneven-scales", "60 x 8, columns from hundredths to tens", x, y, ones, 1.0)

    x = sparse(rng, 200, 30, 0.1)
    w = rng.normal(size=30) * 3
    y = labels(rng, x, w, 0.0)
    ones = np.ones(200)
    yield entry("sparse", "200 x 30, a tenth non-zero, one empty row", x, y, ones, 1.0)
    yield entry("sparse-c4", "the same, C = 4", x, y, ones, 4.0)

    y = np.where(x @ w > np.quantile(x @ w, 0.93), 1, -1)
    y[rng.choice(200, 3, replace=False)] = 1
    yield entry("unbalanced", "the same rows, about one in thirteen positive", x, y, ones, 1.0)
    positive = int(np.sum(y == 1))
    weights = {1: 200 / (2 * positive), -1: 200 / (2 * (200 - positive))}
    yield entry(
        "class-weights",
        "the same, each class weighted n / (2 n_class), as class_weight='balanced' does; "
        "the weights already hold it",
        x, y, np.where(y == 1, weights[1], weights[-1]), 1.0,
        class_weight={"1": weights[1], "-1": weights[-1]},
    )

    x = sparse(rng, 40, 12, 0.25)
    y = labels(rng, x, rng.normal(size=12) * 3, 0.0)
    times = rng.integers(1, 5, 40)
    yield entry("duplicated-rows", "40 rows, each standing there one to four times",
                np.repeat(x, times, axis=0), np.repeat(y, times), np.ones(times.sum()), 2.0)
    yield entry("duplicates-as-weights", "the same 40 rows once each, the counts as weights: "
                "the same optimum", x, y, times, 2.0, same_as="duplicated-rows")

    x = sparse(rng, 50, 90, 0.06)
    y = labels(rng, x, rng.normal(size=90) * 3, 0.0)
    yield entry("more-columns-than-rows", "50 x 90, some columns never non-zero", x, y,
                np.ones(50), 1.0)

    x = np.round(rng.normal(size=(30, 2)), 3)
    x[:, 0] = np.round(np.abs(x[:, 0]) + 0.5, 3)
    y = np.where(rng.permutation(30) < 15, 1, -1)
    x[:, 0] *= y
    yield entry("separable", "30 x 2, a line parts the classes, C = 100", x, y, np.ones(30), 100.0)

    x = sparse(rng, 60, 15, 0.2)
    soft = np.round(1 / (1 + np.exp(-(x @ (rng.normal(size=15) * 4)) + rng.normal(size=60))), 3)
    soft[:3], soft[3:6] = 0, 1
    s = np.round(rng.uniform(0.5, 2.0, 60), 3)
    pairs = np.column_stack([s * soft, s * (1 - soft)]).ravel()
    yield entry(
        "soft-labels",
        "60 rows with a label between 0 and 1: each is two rows, 2i with y = 1 and weight s q, "
        "2i + 1 with y = -1 and weight s (1 - q); q in `soft`, s in `soft_weight`; "
        "some weights are 0",
        np.repeat(x, 2, axis=0), np.tile([1, -1], 60), pairs, 1.0,
        soft=soft.tolist(), soft_weight=s.tolist(),
    )


def main() -> None:
    done = []
    for problem in problems():
        x, y, s, cost = (problem.pop(key) for key in ("x", "y", "s", "C"))
        answers = {
            "free": optimum(x, y, s, cost, False),
            "penalised": optimum(x, y, s, cost, True),
        }
        print(f"{problem['name']}: {x.shape[0]} x {x.shape[1]}, {np.sum(y == 1)} positive, "
              + "; ".join(f"{kind} f = {a['objective']:.6f}, apart {max(a['apart'].values()):.1e}"
                          for kind, a in answers.items()))
        done.append({
            **problem,
            "rows": x.shape[0],
            "columns": x.shape[1],
            "C": cost,
            "X": [[[int(j), float(row[j])] for j in np.nonzero(row)[0]] for row in x],
            "y": y.tolist(),
            "sample_weight": s.tolist(),
            **answers,
        })
    by_name = {p["name"]: p for p in done}
    for p in done:
        if "same_as" in p:
            for kind in ("free", "penalised"):
                one, other = p[kind], by_name[p["same_as"]][kind]
                assert np.allclose(one["coef"], other["coef"], rtol=0, atol=1e-12)

    head = {
        "what": "sum_i s_i log(1 + exp(-y_i (w.x_i + b))) + R / (2 C); free: R = |w|^2, "
                "penalised: R = |w|^2 + b^2; see logistic.py",
        "versions": {
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "python": platform.python_version(),
        },
    }
    # one field a line: readable in a diff, and small
    text = "{\n" + "".join(f"{json.dumps(k)}: {json.dumps(v)},\n" for k, v in head.items())
    text += '"problems": [\n' + ",\n".join(
        "{" + ",\n ".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}"
                           for k, v in p.items()) + "}" for p in done) + "\n]\n}\n"
    json.loads(text)
    OUT.write_text(text)
    print(f"{OUT.name}: {len(done)} problems, {len(text)} bytes")


if __name__ == "__main__":
    main()
