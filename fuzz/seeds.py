#!/usr/bin/env python3
"""The bodies of the golden exchanges as a first corpus: fuzz/seeds.py"""
import json
from pathlib import Path

ROUTES = ["comments:analyze", "comments:suggestscore", "/v1/score", "/v1/moderations", "/v1/articles/"]
here = Path(__file__).resolve().parent
corpus = here / "corpus/json_bodies"
corpus.mkdir(parents=True, exist_ok=True)
for file in sorted((here.parent / "tests/serve").glob("*.json")):
    exchange = json.loads(file.read_text())
    request = exchange["request"]
    body = request.get("raw") or json.dumps(request.get("body"), ensure_ascii=False)
    for i, route in enumerate(ROUTES):
        if route in request["path"]:
            is_strict = exchange.get("settings", {}).get("strict", False)
            (corpus / file.stem).write_bytes(bytes([2 * i + is_strict]) + body.encode())
