"""Bare durable insert: a Flask route on waitress that checks a signature and stores the call, one at a time, synchronous=FULL.

Run as a process of its own with the database's path; prints its port.
"""

import hmac
import logging
import socket
import sqlite3
import sys
import threading
from hashlib import sha256

from flask import Flask, request
from waitress.server import create_server

from bench.calls import PREFIX, SECRET, SIGNATURE, STAMP

THREADS = 16  # as the hub has


def make_app(database: str) -> Flask:
    app, lock = Flask(__name__), threading.Lock()
    db = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    db.execute("CREATE TABLE hit (id INTEGER PRIMARY KEY, digest TEXT UNIQUE, body BLOB)")

    @app.post("/hook")
    def hook() -> tuple[str, int]:
        body = request.get_data(cache=False)
        signed = request.headers[STAMP].encode() + b"." + body
        digest = hmac.new(SECRET.encode(), signed, sha256).hexdigest()
        if not hmac.compare_digest(PREFIX + digest, request.headers[SIGNATURE]):
            return "", 401
        with lock:
            db.execute("INSERT OR IGNORE INTO hit (digest, body) VALUES (?, ?)", (digest, body))
        return "", 200

    return app


def main(database: str) -> None:
    # It tells of every call that waits for another.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = create_server(make_app(database), sockets=[listening], threads=THREADS)
    print(listening.getsockname()[1], flush=True)
    server.run()


if __name__ == "__main__":
    main(sys.argv[1])
