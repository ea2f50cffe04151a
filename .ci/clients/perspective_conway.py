"""`perspective` from PyPI: by its one attribute, and unchanged under the host it has hard-coded."""

import json
import os
from urllib.error import HTTPError

from perspective import PerspectiveAPI

KEY = os.environ["OMBUDS_KEY"]
moved = PerspectiveAPI(KEY)
moved.api_client.url = os.environ["OMBUDS_HTTP"] + "/v1alpha1/{endpoint}"

for client in [moved, PerspectiveAPI(KEY)]:
    rude = client.score("You are a stupid idiot.", ["TOXICITY", "INSULT", "THREAT"])
    kind = client.score("Thank you for this article.", ["TOXICITY", "INSULT", "THREAT"])
    assert set(rude) == {"TOXICITY", "INSULT", "THREAT"}, rude
    assert 0 <= kind["INSULT"] < rude["INSULT"] <= 1, (kind, rude)
    answer = client.suggest_score(
        "A label from Conway's client.",
        {"INSULT": {"summaryScore": {"value": 1.0}}},
        languages=["en"],
        client_token="conway:1",
    )
    assert answer["clientToken"] == "conway:1", answer
    try:
        client.analyze_comment("")
        raise AssertionError("an empty comment was answered")
    except HTTPError as refused:
        error = json.loads(refused.read())["error"]
        assert (refused.code, error["message"]) == (400, "Comment must be non-empty."), error
