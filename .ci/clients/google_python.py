"""google-api-python-client, built from our discovery document."""

import os

from googleapiclient import discovery
from googleapiclient.errors import HttpError

SERVER, KEY = os.environ["OMBUDS_HTTP"], os.environ["OMBUDS_KEY"]


def build(key):
    return discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=key,
        discoveryServiceUrl=f"{SERVER}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    )


def error(body, client=None):
    try:
        (client or build(KEY)).comments().analyze(body=body).execute()
    except HttpError as refused:
        return refused
    raise AssertionError(f"{body} was answered")


def toxicity(text):
    body = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, "languages": ["en"]}
    return build(KEY).comments().analyze(body=body).execute()


# Scores: a probability each, the insult above the thanks, the same again.
rude, kind = toxicity("You are a stupid idiot."), toxicity("Thank you for this article.")
score = lambda answer: answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"]
assert 0 <= score(kind) < score(rude) <= 1, (score(kind), score(rude))
assert score(rude) > 0.5, score(rude)
assert score(toxicity("You are a stupid idiot.")) == score(rude)
assert rude["languages"] == ["en"], rude

# Spans are UTF-16 code units of the text as sent.
text = "\N{PILE OF POO} You are an idiot. Sorry, I like your name."
answer = build(KEY).comments().analyze(body={
    "comment": {"text": text, "type": "PLAIN_TEXT"},
    "requestedAttributes": {"INSULT": {"scoreType": "PROBABILITY"}, "TOXICITY@6": {}},
    "spanAnnotations": True,
    "doNotStore": True,
    "clientToken": "token 1",
    "languages": ["en"],
}).execute()
assert answer["clientToken"] == "token 1", answer
assert set(answer["attributeScores"]) == {"INSULT", "TOXICITY@6"}, answer
units = text.encode("utf-16-le")
spans = answer["attributeScores"]["INSULT"]["spanScores"]
pieces = [units[2 * span.get("begin", 0):2 * span["end"]].decode("utf-16-le") for span in spans]
assert len(pieces) == 2 and " ".join(pieces) == text, pieces
assert spans[0]["score"]["value"] > spans[1]["score"]["value"], spans

# Labels.
answer = build(KEY).comments().suggestscore(body={
    "comment": {"text": "A label from Python."},
    "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0, "type": "PROBABILITY"}}},
    "languages": ["en"],
    "clientToken": "python:1",
}).execute()
assert answer["clientToken"] == "python:1" and answer["requestedLanguages"] == ["en"], answer

# Errors, as clients match them.
empty = error({"comment": {"text": ""}, "requestedAttributes": {"TOXICITY": {}}})
assert empty.status_code == 400 and empty.reason == "Comment must be non-empty.", empty
assert empty.error_details[0]["errorType"] == "COMMENT_EMPTY", empty.error_details
long = error({"comment": {"text": "x" * 20992}, "requestedAttributes": {"TOXICITY": {}}})
assert long.reason == "Comment text was too many bytes. Value (20992) exceeded limit (20480).", long
nothing = error({"comment": {"text": "x"}})
assert nothing.error_details[0]["errorType"] == "NO_REQUESTED_ATTRIBUTES", nothing.error_details
document = discovery.build_from_document(
    build(KEY)._rootDesc, developerKey="wrong", client_options={"api_endpoint": SERVER}
)
wrong = error({"comment": {"text": "x"}, "requestedAttributes": {"TOXICITY": {}}}, document)
assert wrong.status_code == 400 and wrong.reason.startswith("API key not valid."), wrong
assert wrong.error_details[0]["reason"] == "API_KEY_INVALID", wrong.error_details
