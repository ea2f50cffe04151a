"""Processes: each measured thing runs in one of its own; seconds, CPU seconds, peak memory."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE / ".work"
ANSWER = WORK / "answer.json"


@dataclass
class Run:
    """What one process took."""

    seconds: float
    cpu_s: float
    peak_mib: float


def timed(command: list[str], threads: int | None = None, **environment: str) -> Run:
    """Runs a command to its end; its messages go to a file that is shown if it fails."""
    settings = {**os.environ, **environment}
    if threads is not None:
        settings["RAYON_NUM_THREADS"] = str(threads)
    WORK.mkdir(exist_ok=True)
    with open(WORK / "messages.txt", "w+", encoding="utf-8") as messages:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=messages, stderr=messages, env=settings)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            messages.seek(0)
            print(messages.read(), file=sys.stderr)
            raise subprocess.CalledProcessError(process.returncode, command)
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def child(name: str, folder: Path, **options) -> tuple[object, Run] | None:
    """Runs one step of peers.py in a process of its own: its answer and what it took. None when it
    failed, which costs that step only.

    This process reads no data itself: on Linux a child's peak starts from its parent's.
    """
    ANSWER.unlink(missing_ok=True)
    command = [sys.executable, str(HERE / "peers.py"), "--child", name, str(folder),
               json.dumps(options)]
    try:
        # one thread in numpy's libraries: none of the peers gains by more, and timings stay steady
        run = timed(command, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    except subprocess.CalledProcessError as error:
        print(f"{name} {options.get('learner', '')}: failed (exit {error.returncode}), left out",
              file=sys.stderr)
        return None
    return json.loads(ANSWER.read_text()), run


def peak_mib() -> float:
    """This process's peak resident memory so far."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


class Stopwatch:
    """Wall and CPU seconds of this process since it was made."""

    def __init__(self) -> None:
        self.start, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self.start, time.process_time() - self.cpu


def median(values: list[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def package(*names: str) -> str:
    """Name and version of the first of these that is installed."""
    for name in names:
        try:
            return f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue
    return "?"


def machine() -> str:
    """Where and when: what every figure needs beside it."""
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return (f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores of {cpu}, "
            f"load {load}, Python {platform.python_version()}")
