"""Coral's bodies, its headers and its rules, with texts of our own."""

import hashlib
import hmac
import json
import os
import time
import urllib.error
import urllib.request

SERVER, KEY = os.environ["OMBUDS_HTTP"], os.environ["OMBUDS_KEY"]
ENDPOINT = f"{SERVER}/v1alpha1"
STORY = "https://news.example/2026/11/tram-line-four"


def post(url, body, headers=()):
    raw = json.dumps(body, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Coral Perspective/9.11.8"} | dict(headers)
    request = urllib.request.Request(url, raw, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=0.8) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def analyze(text, model="TOXICITY"):
    status, answer = post(f"{ENDPOINT}/comments:analyze?key={KEY}", {
        "comment": {"text": text},
        "doNotStore": True,
        "communityId": "Coral:https://coral.example",
        "clientToken": "comment:c1",
        "languages": ["en"],
        "requestedAttributes": {model: {}},
    })
    assert status == 200, (status, answer)
    return answer["attributeScores"][model]["summaryScore"]["value"]


# The toxic-comments phase: strictly above .80 holds a comment back. A model is a free text of the site.
assert analyze("You are a stupid idiot.") > 0.8
assert analyze("Thank you for this article.") < 0.3
assert analyze("You are a stupid idiot.", "INSULT") > 0.8

# Feedback of moderators; the context is JSON in a text, with the address of the story.
for text, label in [("You stupid idiot.", 1), ("The tram was late again today.", 0)]:
    context = {
        "url": f"{STORY}?commentID=c{label}",
        "reply_to_id_Coral_comment_id": "p0",
        "Coral_comment_id": f"c{label}",
    }
    status, answer = post(f"{ENDPOINT}/comments:suggestscore?key={KEY}", {
        "comment": {"text": text},
        "context": {"entries": [{"text": json.dumps(context)}]},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": label}}},
        "languages": ["en"],
        "communityId": "Coral:https://coral.example",
        "clientToken": f"comment:c{label}",
    })
    assert (status, answer.get("clientToken")) == (200, f"comment:c{label}"), (status, answer)

# The external moderation phase: signed, with the identifiers of story and parent and not their texts.
secret = os.environ["OMBUDS_CORAL_SECRET"]


def moderate(text, signature=None):
    body = {
        "action": "NEW",
        "comment": {"body": text, "parentID": None},
        "author": {"id": "a1", "role": "COMMENTER"},
        "story": {"id": "s1", "url": STORY},
        "site": {"id": "site"},
        "tenantID": "t1",
        "tenantDomain": "coral.example",
    }
    raw = json.dumps(body, separators=(",", ":")).encode()
    signature = signature or "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return post(f"{SERVER}/coral/moderate", body, {"X-Coral-Signature": signature})


started = time.monotonic()
status, answer = moderate("You are a stupid idiot and a liar, you moron.")
assert status == 200, (status, answer)
assert answer.get("status") in {"PREMOD", "SYSTEM_WITHHELD", "REJECTED"} or answer.get("actions"), answer
assert time.monotonic() - started < 0.8
status, answer = moderate("Thank you for this article.")
assert status in {200, 204} and (answer or {}).get("status") in {None, "NONE", "APPROVED"}, (status, answer)
status, _ = moderate("Thank you for this article.", "sha256=" + "0" * 64)
assert status in {401, 403}, status
