"""Bodies and headers of Discourse's plugin, over TLS under the hard-coded host, and of OSMod, with texts of our own."""

import http.client
import json
import os
import ssl
from urllib.parse import quote

KEY = os.environ["OMBUDS_KEY"]

# Discourse keeps one connection for a minute, verifies the peer, and names no language.
connection = http.client.HTTPSConnection("commentanalyzer.googleapis.com", timeout=3, context=ssl.create_default_context())


def discourse(text, attribute="TOXICITY"):
    body = json.dumps({
        "comment": {"text": text},
        "doNotStore": True,
        "sessionId": "https://forum.example_17",
        "requestedAttributes": {attribute: {"scoreType": "PROBABILITY"}},
    })
    headers = {"Accept": "*/*", "Content-Type": "application/json", "User-Agent": "Discourse/2026.4.0"}
    connection.request("POST", f"/v1alpha1/comments:analyze?key={quote(KEY)}", body, headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert response.status == 200, answer
    return answer["attributeScores"][attribute]["summaryScore"]["value"]


discourse("The first words of a connection.")
socket = connection.sock
assert discourse("You are a stupid idiot.") > 0.9, "flagged from .9"
assert discourse("Thank you for this post.") < 0.85, "not a word to the writer below .85"
assert 0 <= discourse("You are a stupid idiot.", "SEVERE_TOXICITY") <= 1
assert 0 <= discourse("ä" * 10240) <= 1, "20 KB to the byte"
assert 0 <= discourse(":+1:") <= 1, "no language to be found"
assert connection.sock is socket, "one connection"

# OSMod asks for ten attributes of which a model may know few, article and parent as entries.
server = os.environ["OMBUDS_HTTP"].removeprefix("http://")
plain = http.client.HTTPConnection(server, timeout=3)
body = json.dumps({
    "comment": {"text": "You are a stupid idiot. The ferry was late because the council saves money on staff and ships."},
    "context": {"entries": [
        {"text": "The ferry to the island was late for the third time this week. Passengers complained about the council."},
        {"text": "The ferry is always late."},
    ]},
    "languages": ["en"],
    "clientToken": "OsmodAssistantV0_request7",
    "spanAnnotations": True,
    "requestedAttributes": {name: {} for name in [
        "ATTACK_ON_AUTHOR", "ATTACK_ON_COMMENTER", "INCOHERENT", "INFLAMMATORY", "OBSCENE", "OFF_TOPIC", "SPAM",
        "UNSUBSTANTIAL", "LIKELY_TO_REJECT", "TOXICITY",
    ]},
})
plain.request("POST", f"/v1alpha1/comments:analyze?key={quote(KEY)}", body, {"Content-Type": "application/json"})
response = plain.getresponse()
answer = json.loads(response.read())
assert response.status == 200 and answer["clientToken"] == "OsmodAssistantV0_request7", answer
scores = answer["attributeScores"]
assert {"TOXICITY", "OFF_TOPIC"} <= set(scores), sorted(scores)
first, second = scores["TOXICITY"]["spanScores"]
assert first["score"]["value"] > second["score"]["value"], scores["TOXICITY"]
