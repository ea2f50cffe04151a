#!/usr/bin/env python3
"""Clients that mean harm, against a server with TLS, while good requests go on: hostile.py [PROGRAM]

Ten thousand idle connections, a thousand that stop in the head or the body, a body of a gigabyte, arrays of millions of
elements, answers that nobody reads, deeply nested JSON, text that is no UTF-8, and models and certificates exchanged
under load. Ends with status 1 if a good request fails or is
slow, if the server ends, or if its memory is not bounded. Needs openssl and a limit of 20,000 open files; two minutes.
"""
import contextlib
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
N_IDLE = 10_000
N_STOPPED = 1_000
N_UNREAD = 1_000
# Kilobytes. A connection has a task, buffers and a timer; a TLS session would add some twenty.
MAX_IDLE_KB = 200_000
MAX_LONG_KB = 400_000
# Sixteen batches of 32 MB as they came, and once more while they are put together.
MAX_ARRAYS_KB = 1_200_000
MAX_UNREAD_KB = 500_000
MAX_EXCHANGE_KB = 30_000
N_EXCHANGES = 30
GOOD = json.dumps({"comment": {"text": "A fine day, you idiot."}, "requestedAttributes": {"TOXICITY": {}}}).encode()
ANALYZE = "/v1alpha1/comments:analyze"


class Server:
    def __init__(self, program, folder, *more):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [program, "serve", "--listen", f"127.0.0.1:{self.port}", *more]
        self.log = open(folder / "log", "ab")
        began = time.monotonic()
        self.process = subprocess.Popen(command, stderr=self.log)
        while True:
            with contextlib.suppress(OSError):
                if self.is_ready("--tls-cert" in more):
                    break
            if self.process.poll() is not None or time.monotonic() - began > 30:
                sys.exit(f"no server: {(folder / 'log').read_text()}")
            time.sleep(0.002)
        self.ready_ms = (time.monotonic() - began) * 1000

    def is_ready(self, is_tls):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        if is_tls:
            connection = ssl._create_unverified_context().wrap_socket(connection)
        with connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.0 200")

    def memory(self, name="VmRSS"):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", status)[1])

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(40) == 0, "it did not stop by itself"


class Good(threading.Thread):
    """Asks over kept connections until told to stop; remembers what failed and the slowest answer."""

    def __init__(self, server, context=None, fresh_every=50):
        super().__init__(daemon=True)
        self.server, self.context, self.fresh_every = server, context, fresh_every
        self.n, self.failures, self.slowest, self.over = 0, [], 0.0, threading.Event()
        self.certificates = set()

    def connection(self):
        if self.context is None:
            return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        return http.client.HTTPSConnection("127.0.0.1", self.server.port, timeout=20, context=self.context)

    def run(self):
        connection = None
        while not self.over.is_set():
            try:
                if connection is None or self.n % self.fresh_every == 0:
                    connection = self.connection()
                began = time.monotonic()
                connection.request("POST", ANALYZE, GOOD)
                answer = connection.getresponse()
                body = answer.read()
                self.slowest = max(self.slowest, time.monotonic() - began)
                if self.context is not None:
                    self.certificates.add(connection.sock.getpeercert(True))
                if answer.status != 200 or b"TOXICITY" not in body:
                    self.failures.append(f"{answer.status} {body[:200]}")
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection = None
            self.n += 1
            time.sleep(0.002)


failed = False


def step(name, good, problem=None, told=""):
    """Ends a step: its good requests, and what else was wrong."""
    global failed
    for thread in good:
        thread.over.set()
        thread.join()
    n, slowest = sum(it.n for it in good), max(it.slowest for it in good)
    failures = [failure for it in good for failure in it.failures]
    if n == 0:
        problem = problem or "no good request was made"
    if failures:
        problem = problem or f"{len(failures)} good requests failed: {failures[0]}"
    failed |= problem is not None
    print(f"{'FAILED' if problem else 'passed'}  {name}: {n} good requests, slowest {slowest * 1000:.0f} ms{told}", flush=True)
    if problem:
        print(f"        {problem}", flush=True)


def started(server, n=2, **more):
    threads = [Good(server, **more) for _ in range(n)]
    for thread in threads:
        thread.start()
    return threads


def idle(server):
    before, good = server.memory(), started(server)
    connections = [server.connect() for _ in range(N_IDLE)]
    time.sleep(5)
    grown = server.memory() - before
    alive = sum(1 for it in connections[::100] if not it.setblocking(False) and not closed(it))
    problem = None if grown < MAX_IDLE_KB else f"memory grew by {grown} kB"
    problem = problem or (None if alive == N_IDLE // 100 else f"{alive} % of the idle connections are alive")
    step(f"{N_IDLE} idle connections", good, problem, f", {grown / N_IDLE:.1f} kB each")
    for connection in connections:
        connection.close()


def closed(connection):
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def stopped(server, seconds):
    good = started(server)
    head = f"POST {ANALYZE} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(GOOD)}\r\n\r\n".encode()
    halves = [head[:30], head[:-2], head + GOOD[:20]]
    connections = [server.connect() for _ in range(N_STOPPED)]
    for i, connection in enumerate(connections):
        connection.sendall(halves[i % len(halves)])
    time.sleep(seconds + 3)
    n_open = 0
    for connection in connections:
        connection.setblocking(False)
        with contextlib.suppress(OSError):
            while connection.recv(4096):
                pass
        n_open += not closed(connection)
        connection.close()
    step(f"{N_STOPPED} clients that stop halfway", good, f"{n_open} are still open" if n_open else None)


def gigabyte(server):
    before, good, megabyte = server.memory(), started(server), b"x" * (1 << 20)
    heads = {
        "a length of 1 GB": f"POST {ANALYZE} HTTP/1.1\r\nHost: a\r\nContent-Length: {1 << 30}\r\n\r\n",
        "chunks of 1 GB": "POST /v1/score HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    }
    problem, told = None, ""
    for name, head in heads.items():
        connection, sent = server.connect(), 0
        with contextlib.suppress(OSError):
            connection.sendall(head.encode())
            for _ in range(1024):
                connection.sendall(b"100000\r\n" + megabyte + b"\r\n" if "chunks" in name else megabyte)
                sent += 1
        connection.close()
        told += f", {name}: closed after {sent} MB"
        problem = problem or (f"{name}: all was taken" if sent == 1024 else None)
    # As many as there may be at once, each as long as is allowed.
    many = [server.connect() for _ in range(200)]
    for connection in many:
        connection.setblocking(False)
        with contextlib.suppress(OSError):
            connection.send(f"POST {ANALYZE} HTTP/1.1\r\nHost: a\r\nContent-Length: {4 << 20}\r\n\r\n".encode())
    for _ in range(200):
        for connection in many:
            with contextlib.suppress(OSError):
                connection.send(megabyte)
    grown = server.memory("VmHWM") - before
    for connection in many:
        connection.close()
    problem = problem or (None if grown < MAX_LONG_KB else f"memory grew by {grown} kB")
    step("long bodies", good, problem, f"{told}, at most {grown // 1024} MB more")


def post(server, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with contextlib.suppress(OSError):
        connection.request("POST", path, body)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def arrays(server):
    """Elements of three bytes, of which a program might make some of fifty."""
    before, good = server.memory(), started(server)
    analyze = b'{"comment":{"text":"x"},"requestedAttributes":{"TOXICITY":{}},'
    bodies = [
        ("/v1/score", b'{"comments":[' + b"1," * (15 << 20) + b"1]}"),
        ("/v1/moderations", b'{"input":[' + b'"",' * (10 << 20) + b'""]}'),
        (ANALYZE, analyze + b'"context":{"entries":[' + b"{}," * (1 << 20) + b"{}]}}"),
        (ANALYZE, analyze + b'"languages":["en",' + b'"",' * (1 << 20) + b'""]}'),
    ]
    statuses = set()
    for path, body in bodies:
        asking = [threading.Thread(target=lambda: statuses.add(post(server, path, body))) for _ in range(16)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    grown = server.memory("VmHWM") - before
    problem = None if grown < MAX_ARRAYS_KB else f"memory grew by {grown} kB"
    # 503 where all places for long bodies are taken, 504 where the machine is slow.
    problem = problem or (None if statuses <= {200, 400, 503, 504} else f"answers: {statuses}")
    step("arrays of millions of elements", good, problem, f", answers {sorted(statuses)}, at most {grown // 1024} MB more")


def unread(server, seconds):
    """Answers of hundreds of kilobytes that nobody reads: first all are held, then all are given up."""
    comment = {"text": "You stupid idiot, shut up, moron. " * 2}
    batch = json.dumps({"explain": True, "comments": [comment] * 1000}).encode()
    head = f"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: {len(batch)}\r\n\r\n".encode()
    before, good, connections = server.memory(), started(server), []
    for _ in range(N_UNREAD):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", server.port))
        with contextlib.suppress(OSError):
            connection.sendall(head + batch)
        connections.append(connection)
    grown = server.memory("VmHWM") - before
    time.sleep(seconds + 3)
    status = post(server, "/v1/score", batch)
    for connection in connections:
        connection.close()
    problem = None if grown < MAX_UNREAD_KB else f"memory grew by {grown} kB"
    problem = problem or (None if status == 200 else f"{status} when all others were given up")
    step(f"{N_UNREAD} clients that read no answer", good, problem, f", at most {grown // 1024} MB more")


def broken(server):
    good, problem = started(server), None
    bodies = [b"[" * 1_000_000, b'{"a":' * 100_000, b'{"comment":{"text":"\xff"}}', b"\x00", b'{"comment":']
    for path in [ANALYZE, "/v1alpha1/comments:suggestscore", "/v1/score", "/v1/moderations"]:
        for body in bodies:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            connection.request("POST", path, body)
            answer = connection.getresponse()
            if answer.status != 400 or not json.loads(answer.read())["error"]:
                problem = f"{path}: {answer.status} for {body[:20]}"
    step("deeply nested JSON and broken UTF-8", good, problem)


def certificate(folder, name):
    for kind in ["pem", "key"]:
        (folder / f"{name}.{kind}").unlink(missing_ok=True)
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    out = ["-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"]
    subprocess.run([*new, *subject, *out], check=True, capture_output=True)


def exchanges(program, folder):
    model = folder / "model"
    shutil.copytree(HERE.parents[1] / "models/default", model)
    certificate(folder, "a")
    certificate(folder, "b")
    for kind in ["pem", "key"]:
        shutil.copy(folder / f"a.{kind}", folder / f"tls.{kind}")
    context = ssl.create_default_context(cafile=folder / "a.pem")
    context.load_verify_locations(folder / "b.pem")
    server = Server(program, folder, "--model", model, "--tls-cert", folder / "tls.pem", "--tls-key", folder / "tls.key")
    good = started(server, 4, context=context, fresh_every=5)
    # Each thread keeps the model that it scored with last, so that memory grows with the first exchanges.
    for i in range(N_EXCHANGES):
        if i == N_EXCHANGES // 2:
            before = server.memory()
        for kind in ["pem", "key"]:
            shutil.copy(folder / f"{'ba'[i % 2]}.{kind}", folder / f"tls.{kind}")
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
    n_exchanged = (folder / "log").read_text().count("model exchanged")
    n_seen = len(set().union(*(it.certificates for it in good)))
    problem = None if n_seen == 2 else f"{n_seen} certificates were seen"
    problem = problem or (None if n_exchanged >= N_EXCHANGES * 3 // 4 else f"{n_exchanged} models were exchanged")
    grown = server.memory() - before
    problem = problem or (None if grown < MAX_EXCHANGE_KB else f"memory grew by {grown} kB")
    told = f", {n_exchanged} exchanges, {grown} kB more in the second half"
    step("models and certificates exchanged over TLS", good, problem, told)
    server.stop()


def main():
    program = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/release/ombuds")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # As many systems start a program: it must help itself to more.
        limited = folder / "limited"
        limited.write_text(f'#!/bin/sh\nulimit -Sn 1024\nexec "{program}" "$@"\n')
        limited.chmod(0o755)
        starts = []
        for _ in range(5):
            server = Server(limited, folder)
            starts.append(server.ready_ms)
            server.stop()
        print(f"ready after {sorted(starts)[2]:.0f} ms (median of five; answered, asked every 2 ms)", flush=True)
        seconds = 5
        server = Server(limited, folder, "--timeout", str(seconds), "--idle-timeout", "60")
        idle(server)
        gigabyte(server)
        broken(server)
        server.stop()
        for harm in [arrays, lambda server: unread(server, seconds)]:
            server = Server(limited, folder, "--timeout", str(seconds))
            harm(server)
            server.stop()
        server = Server(limited, folder, "--timeout", str(seconds), "--idle-timeout", str(seconds))
        stopped(server, seconds)
        server.stop()
        exchanges(program, folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
