"""Time and peak memory of `ombuds flag` and `ombuds train` by the number of comments. Started by `run`."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import ombuds
from measure import machine, timed
from rows import SEED, read_rows

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KEPT = HERE / ".work" / "growth.json"
SOURCE = "wikipedia_talk_toxicity.csv"
BATCH = 10_000
# what `flag` may take at most, whatever it reads
FLAG_MIB = 150


def write(source: Path, target: Path, count: int) -> None:
    """`count` rows drawn with replacement; quoted once, since most are drawn often."""

    def quoted(text: str, label: int) -> str:
        line = io.StringIO()
        csv.writer(line, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow([text, label])
        return line.getvalue()

    rows = [quoted(text, label) for text, label in read_rows(source, "toxic")]
    draw = random.Random(SEED)
    with open(target, "w", encoding="utf-8") as out:
        out.write("text,toxic\n")
        for start in range(0, count, BATCH):
            out.write("".join(rows[int(draw.random() * len(rows))]
                              for _ in range(min(BATCH, count - start))))


def measure(args, program: ombuds.Ombuds, command: str, count: int, folder: Path) -> dict:
    """One command on so many comments. The file is written by another process: a child's peak
    starts from its parent's."""
    source, output = folder / "comments.csv", folder / "out"
    subprocess.check_call([sys.executable, __file__, "--write", str(source), "--count", str(count)])
    print(f"… {command} {count:,}: {source.stat().st_size / 1e6:,.0f} MB", file=sys.stderr, flush=True)
    if command == "flag":
        run = program.flag(source, output.with_suffix(".csv"))
    else:
        run = program.train(source, "toxic", output, more=args.options)
    found = {"command": command, "count": count, "bytes": source.stat().st_size,
             "seconds": run.seconds, "cpu_s": run.cpu_s, "peak_mib": run.peak_mib,
             "options": " ".join(args.options) if command == "train" else "", "when": machine()}
    source.unlink()
    output.with_suffix(".csv").unlink(missing_ok=True)
    shutil.rmtree(output, ignore_errors=True)
    return found


def kept() -> list[dict]:
    return json.loads(KEPT.read_text()) if KEPT.exists() else []


def keep(found: dict) -> list[dict]:
    """Adds a figure to those of before; one of the same command, number and options is replaced."""
    def key(it: dict) -> tuple:
        return it["command"], it["options"], it["count"]

    figures = [it for it in kept() if key(it) != key(found)] + [found]
    figures.sort(key=key)
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(figures, indent=1))
    return figures


def series(figures: list[dict]):
    """(title, figures) by command and options."""
    for key in dict.fromkeys((it["command"], it["options"]) for it in figures):
        yield " ".join(filter(None, key)), [it for it in figures if (it["command"], it["options"]) == key]


def table(figures: list[dict]) -> None:
    print("| command | comments | MB | seconds | CPU s | comments/s | peak MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for it in figures:
        print(f"| {it['command']} {it['options']} | {it['count']:,} | {it['bytes'] / 1e6:,.1f} "
              f"| {it['seconds']:.2f} | {it['cpu_s']:.2f} | {it['count'] / it['seconds']:,.0f} "
              f"| {it['peak_mib']:,.0f} |")
    print()
    for title, ours in series(figures):
        if len(ours) > 1:
            first, last = ours[0], ours[-1]
            more = last["count"] / first["count"]
            print(f"{title}: {more:,.0f} times the comments take "
                  f"{last['cpu_s'] / first['cpu_s']:,.1f} times the CPU seconds and "
                  f"{last['peak_mib'] / first['peak_mib']:.2f} times the memory")
        if title == "flag":
            peak = max(it["peak_mib"] for it in ours)
            print(f"flag: at most {peak:,.0f} MiB, "
                  f"{'within' if peak <= FLAG_MIB else '**beyond**'} {FLAG_MIB}")


def plot(figures: list[dict], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "ombuds", "font.size": 9})
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    colours = ["#33608c", "#b5522b", "#4d7a3a", "#7a5195"]
    for colour, (title, ours) in zip(colours, series(figures)):
        counts = [it["count"] for it in ours]
        line = {"color": colour, "markersize": 4, "linewidth": 1.2}
        cpu = [it["cpu_s"] for it in ours]
        axes[0].plot(counts, cpu, "o-", label=f"{title}, CPU", **line)
        axes[0].plot(counts, [it["seconds"] for it in ours], "o", markerfacecolor="white",
                     label=f"{title}, wall", **line)
        # what linear would be, through the last
        axes[0].plot(counts, [cpu[-1] * n / counts[-1] for n in counts], ":", color=colour, linewidth=1)
        axes[1].plot(counts, [it["peak_mib"] for it in ours], "o-", **line)
    axes[1].axhline(FLAG_MIB, color="#888888", linestyle="--", linewidth=0.8)
    axes[1].annotate(f"{FLAG_MIB} MiB, the bound of flag", (1, FLAG_MIB),
                     xycoords=("axes fraction", "data"), xytext=(-2, 3),
                     textcoords="offset points", ha="right", color="#666666")
    axes[0].set_ylabel("seconds (dotted: linear CPU)")
    axes[1].set_ylabel("peak memory, MiB")
    axes[1].set_ylim(bottom=3, top=2 * max(FLAG_MIB, *(it["peak_mib"] for it in figures)))
    for axis in axes:
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel("comments")
        axis.grid(True, which="major", color="#dddddd", linewidth=0.6)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    axes[1].legend(*axes[0].get_legend_handles_labels(), frameon=False, loc="lower right", fontsize=7)
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def numbers(text: str) -> list[int]:
    return [int(part.replace("_", "")) for part in text.split(",") if part]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, usage="run [OPTIONS] [-- OPTIONS OF TRAIN]")
    parser.add_argument("--flag", type=numbers, metavar="N,...", default="10000,100000,1000000,10000000")
    parser.add_argument("--train", type=numbers, metavar="N,...", default="10000,100000,1000000")
    parser.add_argument("--only", choices=["flag", "train"])
    parser.add_argument("--folder", type=Path, help="for the files; default a temporary one")
    parser.add_argument("--plot", type=Path, default=ROOT / "benches" / "growth.svg")
    parser.add_argument("--ombuds", type=Path, default=ROOT / "target" / "release" / "ombuds")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    own, options = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, options = own[:at], own[at + 1:]
    args = parser.parse_args(own)
    args.options = options
    corpora = os.environ.get("OMBUDS_CORPORA")
    if not corpora or not (Path(corpora) / SOURCE).is_file():
        parser.error(f"set OMBUDS_CORPORA to the folder of {SOURCE}")
    if args.write:
        write(Path(corpora) / SOURCE, args.write, args.count)
        return
    program = ombuds.find(args.ombuds)
    if program is None:
        raise SystemExit(2)
    print(f"{program.version}; {machine()}\n")
    figures = kept()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        for command in ("flag", "train"):
            if args.only in (None, command):
                for count in getattr(args, command):
                    figures = keep(measure(args, program, command, count, Path(folder)))
    table(figures)
    if figures:
        plot(figures, args.plot)


if __name__ == "__main__":
    main()
