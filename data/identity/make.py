"""Puts terms for people into hand-written sentences: carriers.csv x terms.csv -> comments.csv.

Every term gets as many sentences of each sort as every other, drawn by hash, so that a term says nothing about the answer.
Terms of which published corpora speak mostly to attack get further civil ones, for `identity_attack` alone.
"""
import csv
import hashlib
import pathlib

HERE = pathlib.Path(__file__).parent
# Contempt for all members of a group.
AT_THE_GROUP = {"insult at the group", "contempt", "exclusion", "harm"}
# Who is attacked for these is attacked for who they are. Of work, age and party that may be disputed.
IDENTITY = {"disability", "gender", "nationality or ethnicity", "orientation", "religion"}
# Sentences that a term gets: (first letters of their ids, insult) -> how many.
PER_TERM = {("c", "0"): 14, ("i", "1"): 13}
# The same of those that are dealt out in turn, so that each is used.
DEALT = {("ef", "0"): 5, ("ef", "1"): 3}
# By themselves these had .09 or more of `identity_attack` in model feefb89b609445fe, where `Dutch people` have .08.
LOADED = {
    "Black", "Muslim", "Jew", "white", "Irish", "Chinese", "homosexual", "Islamic", "Jewish", "Indian", "gay", "Asian", "autistic",
    "Mexican", "Spanish", "American", "African", "Arab", "Arab (woman)", "Arab (man)", "Japanese",
}
FURTHER = 60


def read(name):
    with open(HERE / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def order(*parts):
    return hashlib.sha256("|".join(parts).encode()).digest()


def of_sort(carriers, letters, insult):
    return [c for c in carriers if c["id"][0] in letters and c["insult"] == insult]


def drawn(carriers, term, number):
    """The sentences of a term, by hash; some in turn."""
    for (letters, insult), wanted in PER_TERM.items():
        group = 0
        for carrier in sorted(of_sort(carriers, letters, insult), key=lambda c: order(c["id"], term)):
            # Insults at the group have few sentences: one a term at most.
            if carrier["kind"] == "insult at the group":
                if group == 1:
                    continue
                group += 1
            yield carrier
            wanted -= 1
            if wanted == 0:
                break
    for (letters, insult), wanted in DEALT.items():
        pile = sorted(of_sort(carriers, letters, insult), key=lambda c: order(c["id"]))
        for i in range(number * wanted, (number + 1) * wanted):
            yield pile[i % len(pile)]


def further(carriers, term, known):
    """Civil sentences that a loaded term has not got yet."""
    if term["term"] not in LOADED:
        return []
    civil = [c for c in carriers if c["insult"] == "0" and c["id"] not in known]
    return sorted(civil, key=lambda c: order(c["id"], term["term"]))[:FURTHER]


def filled(carrier, term):
    text = carrier["carrier"]
    if term["person"][0] in "aeiouAEIOU":
        text = text.replace("a {person}", "an {person}").replace("A {person}", "An {person}")
    text = text.format(person=term["person"], people=term["people"])
    # Some writers begin in small letters.
    is_small = carrier["carrier"][0].islower() and carrier["carrier"][0] != "{"
    return text if is_small else text[0].upper() + text[1:]


def identity_attack(carrier, term):
    """1 or 0, or nothing: where it may be disputed, and of terms that never have a 1, so that a term says nothing."""
    if term["group"] not in IDENTITY:
        return ""
    if carrier["insult"] == "0" or carrier["kind"] == "insult at another":
        return 0
    return 1 if carrier["kind"] in AT_THE_GROUP else ""


def main():
    carriers, rows = read("carriers.csv"), []
    for number, term in enumerate(read("terms.csv")):
        name = term["term"].replace(" ", "_")
        own = list(drawn(carriers, term["term"], number))
        for carrier in own:
            rows.append([f"{carrier['id']}-{name}", filled(carrier, term), carrier["insult"],
                         identity_attack(carrier, term), carrier["threat"], carrier["kind"], term["term"]])
        for carrier in further(carriers, term, {c["id"] for c in own}):
            rows.append([f"{carrier['id']}-{name}", filled(carrier, term), "", 0, "", carrier["kind"], term["term"]])
    with open(HERE / "comments.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "text", "insult", "identity_attack", "threat", "kind", "term"])
        writer.writerows(rows)
    print(len(rows), "comments")


if __name__ == "__main__":
    main()
