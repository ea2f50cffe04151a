"""Measures Ombuds and its peers on the same rows: quality, training, predicting a file, memory.

Started by `run`, which makes the Python environment. Every measured thing works in a process of its
own (`measure.py`); `rows.py` lays out the data, `learners.py` are the peers, `quality.py` and
`speed.py` the tables, `targets.py` and `plot.py` what is made of them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import ombuds
import plot
import quality
import speed
import targets
from measure import ANSWER, HERE, WORK, machine
from rows import lay_out_archive, lay_out_folds, lay_out_split

CHILDREN = {
    "split": lay_out_split,
    "folds": lay_out_folds,
    "archive": lay_out_archive,
    "fit": quality.fit,
    "judge": quality.judge_flagged,
    "predict": speed.predict,
    "predict_prepared": speed.predict_prepared,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measure Ombuds and its peers on the corpora that OMBUDS_CORPORA names.",
        epilog=f"peers: {', '.join(quality.ALL_PEERS)}")
    parser.add_argument("--only", metavar="NAME,...", help="these peers only")
    parser.add_argument("--rows", type=int, metavar="N", help="subsample for a quick run")
    parser.add_argument("--count", type=int, metavar="N", default=160_000,
                        help="comments of the file that is predicted (default 160,000)")
    parser.add_argument("--runs", type=int, metavar="N", default=5,
                        help="rounds of predicting, of which the median counts (default 5)")
    parser.add_argument("--training-only", action="store_true",
                        help="the table of training and quality, nothing else")
    parser.add_argument("--plot", type=Path, metavar="FILE",
                        help="write throughput against ROC AUC as SVG")
    parser.add_argument("--ombuds", type=Path, metavar="PATH", help="default target/release/ombuds",
                        default=HERE.parent.parent / "target" / "release" / "ombuds")
    parser.add_argument("--insults", action="store_true",
                        help="5-fold cross-validation on the insults set instead "
                             "(by default with sklearn-word-char and ombuds)")
    parser.add_argument("--reuse", action="store_true",
                        help="take trainings measured before on the same split")
    parser.add_argument("--anew", metavar="NAME,...", default="",
                        help="with --reuse, train these anew all the same")
    parser.add_argument("--keep-twins", action="store_true",
                        help="keep training rows whose normalised text stands in the test part")
    args = parser.parse_args()

    args.anew = [name for name in args.anew.split(",") if name]
    if args.only is not None:
        args.only = args.only.split(",")
    else:
        args.only = ["sklearn-word-char", "ombuds"] if args.insults else quality.ALL_PEERS
    unknown = [name for name in args.only + args.anew if name not in quality.ALL_PEERS]
    if unknown:
        parser.error(f"no peer named {', '.join(unknown)}; "
                     f"there are {', '.join(quality.ALL_PEERS)}")
    if args.runs < 1 or args.count < 1:
        parser.error("--runs and --count are at least 1")
    corpora = os.environ.get("OMBUDS_CORPORA")
    if not corpora:
        parser.error("set OMBUDS_CORPORA to the folder of the corpora")
    args.corpora = Path(corpora)
    for name in [quality.INSULTS] if args.insults else [quality.WIKIPEDIA, speed.MULTILABEL]:
        if not (args.corpora / name).is_file():
            parser.error(f"{args.corpora / name} is missing")
    return args


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        answer = CHILDREN[sys.argv[2]](Path(sys.argv[3]), json.loads(sys.argv[4]))
        ANSWER.write_text(json.dumps(answer))
        return
    args = arguments()
    WORK.mkdir(exist_ok=True)
    program = ombuds.find(args.ombuds)
    print(f"{program.version if program else 'no ombuds'}; {machine()}\n")
    if args.insults:
        quality.insults(args, args.corpora, program)
        return
    trained = quality.wikipedia(args, args.corpora, program)
    predicted, against_itself = {}, None
    if program and not args.training_only:
        predicted = speed.peers(args, args.corpora, program)
        against_itself = speed.itself(args, args.corpora, program)
    targets.show(trained, predicted, against_itself)
    if args.plot:
        plot.draw(trained, predicted, args.count, args.plot)
    print(f"\nended: {machine()}")


if __name__ == "__main__":
    main()
