"""`perspective.py` from PyPI, unchanged: host hard-coded, error messages matched word for word.

Asks a server under `--strict`, since it wants Perspective's refusal of languages.
"""

import os

import perspective
from perspective.errors import InvalidToken, UnsupportedLanguage

client = perspective.Client(token=os.environ["OMBUDS_KEY"])
wanted = ["TOXICITY", "INSULT"]
rude = client.analyze("You are a stupid idiot.", wanted, language="en")
kind = client.analyze("Thank you for this article.", wanted, language="en")
assert 0 <= kind["INSULT"] < rude["INSULT"] <= 100, (kind, rude)

try:
    client.analyze("Warmaan waa been weeye.", wanted, language="so")
    raise AssertionError("a language that nobody has learnt was scored")
except UnsupportedLanguage as refused:
    assert "Somali" in str(refused) and "TOXICITY" in str(refused), refused

try:
    perspective.Client(token="wrong")
    raise AssertionError("a wrong key was taken")
except InvalidToken:
    pass
