#!/usr/bin/env python3
"""Comments of a CSV file -> bodies of `comments:analyze`, one a line: bodies.py COMMENTS.csv [BYTES [ROWS]] > bodies.jsonl

Each comment is made of whole rows of the column `text`, in order, until it has that many bytes, and then cut: the same
file gives the same bodies.
"""
import csv
import itertools
import json
import sys

ATTRIBUTES = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"]

csv.field_size_limit(1 << 30)
path, n_bytes, n_rows = (sys.argv[1:] + ["400", "200000"][len(sys.argv) - 2 :])[:3]
comment = ""
with open(path, encoding="utf-8", newline="") as file:
    for row in itertools.islice(csv.DictReader(file), int(n_rows)):
        comment = f"{comment} {' '.join(row['text'].split())}".strip()
        if len(comment.encode()) < int(n_bytes):
            continue
        text = comment.encode()[: int(n_bytes)].decode(errors="ignore")
        comment = ""
        request = {
            "comment": {"text": text},
            "requestedAttributes": {name: {} for name in ATTRIBUTES},
            "languages": ["en"],
        }
        print(json.dumps(request, ensure_ascii=False))
