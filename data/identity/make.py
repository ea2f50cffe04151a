"""Puts terms for people into hand-written sentences: carriers.csv x terms.csv -> comments.csv.

Every term gets as many civil sentences as insulting ones, drawn by hash, so that a term says nothing about the answer.
"""
import csv
import hashlib
import pathlib

HERE = pathlib.Path(__file__).parent
PER_TERM = {"0": 14, "1": 13}
# At most one of these: contempt for all members of a group.
GROUP = "insult at the group"


def read(name):
    with open(HERE / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def order(*parts):
    return hashlib.sha256("|".join(parts).encode()).digest()


def main():
    carriers, rows = read("carriers.csv"), []
    for term in read("terms.csv"):
        for insult, wanted in PER_TERM.items():
            taken, group = [], 0
            for carrier in sorted((c for c in carriers if c["insult"] == insult), key=lambda c: order(c["id"], term["term"])):
                if carrier["kind"] == GROUP and group == 1:
                    continue
                group += carrier["kind"] == GROUP
                taken.append(carrier)
                if len(taken) == wanted:
                    break
            for carrier in taken:
                text = carrier["carrier"]
                if term["person"][0] in "aeiouAEIOU":
                    text = text.replace("a {person}", "an {person}").replace("A {person}", "An {person}")
                text = text.format(person=term["person"], people=term["people"])
                rows.append([f"{carrier['id']}-{term['term'].replace(' ', '_')}", text[0].upper() + text[1:], insult,
                             carrier["kind"], term["term"]])
    with open(HERE / "comments.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "text", "insult", "kind", "term"])
        writer.writerows(rows)
    print(len(rows), "comments")


if __name__ == "__main__":
    main()
