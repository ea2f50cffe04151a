"""The `ombuds` program: always a command, so everything counts: start, loading, reading, writing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from measure import Run, timed


class Ombuds:
    """One built program."""

    def __init__(self, binary: Path) -> None:
        self.binary = binary
        self.version = subprocess.check_output([str(binary), "--version"], text=True).strip()

    def train(self, source: Path, labels: str, model: Path, threads: int | None = None,
              more: list[str] | None = None) -> Run:
        """Search for the penalty, cross-fitting and calibration included."""
        shutil.rmtree(model, ignore_errors=True)
        return timed([str(self.binary), "train", "--data", str(source), "--labels", labels,
                      "--test-fraction", "0", "--model", str(model), *(more or [])], threads)

    def flag(self, source: Path, output: Path, model: Path | None = None,
             threads: int | None = None) -> Run:
        """With the model compiled in, or one of a folder."""
        chosen = [] if model is None else ["--model", str(model)]
        return timed([str(self.binary), "flag", *chosen, str(source), "-o", str(output)], threads)


def find(binary: Path) -> Ombuds | None:
    """None, with a word about it, where it is not built."""
    if not binary.is_file():
        print(f"ombuds: no binary at {binary}, left out "
              "(cargo build --release, or --ombuds PATH)", file=sys.stderr)
        return None
    return Ombuds(binary.resolve())
