#!/usr/bin/env python3
"""Chooses which comments are learnt: sets the column `learn` of comments.csv.

Writers who make up insults and civil comments give themselves away by little words: who is civil says `my`, `call`,
`should`, who insults says `your`, `little`, `head`. Some of that holds for real comments, and some does not; a model
learns both. So comments are left out whose common words speak for the other label in real comments, a few at a time,
until their common words tell about as much with the weights of real comments as with weights of their own (in the manner
of adversarial filtering, Le Bras et al. 2020, "Adversarial Filters of Dataset Biases", which filters against no
words telling anything).

    python3 balance.py comments.csv CORPORA     # scikit-learn 1.9, under a minute
"""

import csv
import hashlib
import os
import pathlib
import sys

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict

# Real comments and their column for insults, 1 from half of the raters on.
REAL = (("wikipedia_talk_multilabel.csv", "insult"), ("civil_comments_spans.csv", "insult_share"))
# A common word stands in so many of our comments.
MIN_SHARE = 0.012
# So many of all comments are left out of each class at a time.
STEP = 0.01
# How much more the words may tell here, in nats a comment.
MAX_GAIN = 0.02
N_FOLDS = 10
# Means over so many ways to cut folds: one alone decides some seventy of the comments.
N_CUTS = 5


def read(path):
    csv.field_size_limit(1 << 24)
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(text):
    return text.lower().replace("’", "'")[:3000]


def model(c=0.1):
    return LogisticRegression(C=c, max_iter=2000)


def weights_in_real_comments(vectorizer, corpora):
    """What each common word says of an insult, the mean over corpora."""
    coefs = []
    for name, column in REAL:
        rows = read(pathlib.Path(corpora) / name)
        labels = [float(row[column]) >= 0.5 for row in rows]
        coefs.append(model().fit(vectorizer.transform(plain(row["text"]) for row in rows), labels).coef_[0])
    return np.mean(coefs, axis=0)


def fold(name, cut):
    """Sets stay whole, wherever a hash puts them."""
    return int(hashlib.sha256(f"{cut} {name}".encode()).hexdigest(), 16) % N_FOLDS


def gains(words, real, labels, sets):
    """What the common words say of each comment's own label beyond what they would say of it in real ones, in nats."""
    own = (np.arange(len(labels)), labels)
    here = np.zeros(len(labels))
    for cut in range(N_CUTS):
        split = PredefinedSplit([fold(name, cut) for name in sets])
        here += np.log(cross_val_predict(model(), words, labels, cv=split, method="predict_proba")[own]) / N_CUTS
    there = model(1e3).fit(real, labels).predict_proba(real)
    return here - np.log(there[own])


def balanced(words, real, labels, sets):
    """Positions of the comments to learn, in order."""
    kept = np.arange(len(labels))
    while True:
        gain = gains(words[kept], real[kept], labels[kept], sets[kept])
        print(f"{len(kept)} comments, {gain.mean():.4f} nats beyond real ones", file=sys.stderr)
        if gain.mean() < MAX_GAIN:
            return kept
        out, n_out = np.zeros(len(kept), bool), max(1, int(STEP * len(kept)))
        for label in (0, 1):
            of_label = np.flatnonzero(labels[kept] == label)
            out[of_label[np.argsort(-gain[of_label], kind="stable")[:n_out]]] = True
        kept = kept[~out]


def main(path, corpora):
    rows = read(path)
    labels = np.array([int(row["insult"]) for row in rows])
    # The letter behind the number tells the comments of a set apart.
    sets = np.array([row["id"][:-1] for row in rows])
    min_df = int(MIN_SHARE * len(rows))
    vectorizer = CountVectorizer(binary=True, token_pattern=r"[a-z']+|[?!]", min_df=min_df, dtype=float)
    words = vectorizer.fit_transform(plain(row["text"]) for row in rows)
    real = words @ weights_in_real_comments(vectorizer, corpora)[:, None]
    learnt = set(balanced(words, real, labels, sets))
    for position, row in enumerate(rows):
        row["learn"] = row["insult"] if position in learnt else ""
    beside = f"{path}.new"
    with open(beside, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "insult", "learn", "kind", "note"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(beside, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
