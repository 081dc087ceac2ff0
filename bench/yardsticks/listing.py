"""The ceiling for a page of the API: Flask, sqlite3 and json by hand over the hub's own bookings and their stays.

No key, no allowance, no filters, no checks. Run as a process of its own; prints its port.
"""

import json
import socket
import sqlite3
import sys
from typing import Any

from flask import Flask, Response, request
from waitress.server import create_server

COLUMNS = (
    "id", "public_id", "external_id", "confirmation_number", "status", "guest_first", "guest_last", "arrival",
    "departure", "source", "total_minor", "balance_minor", "currency", "stored_at", "changed_at",
)  # fmt: skip
PAGE = f"SELECT {', '.join(COLUMNS)} FROM booking WHERE +connection_id = 1 AND id > ? ORDER BY id LIMIT 101"  # noqa: S608
STAYS = "SELECT booking_id, room, room_type, adults, children FROM stay WHERE booking_id BETWEEN ? AND ?"


def make_app(database: str) -> Flask:
    app = Flask(__name__)
    db = sqlite3.connect(database, check_same_thread=False)
    db.execute("PRAGMA cache_size=-64000")

    @app.get("/bookings")
    def bookings() -> Response:
        rows = db.execute(PAGE, (int(request.args.get("after", 0)),)).fetchall()
        shown = rows[:100]
        stays: dict[int, list[tuple[Any, ...]]] = {}
        for stay in db.execute(STAYS, (shown[0][0], shown[-1][0])) if shown else ():
            stays.setdefault(stay[0], []).append(stay)
        data = []
        for row in shown:
            told = dict(zip(COLUMNS, row, strict=True))
            lines = stays.get(told.pop("id"), [])
            told["rooms"], told["room_types"] = [line[1] for line in lines], [line[2] for line in lines]
            told["adults"] = sum(line[3] for line in lines)
            data.append(told)
        onward = shown[-1][0] if len(rows) > len(shown) else None
        return Response(json.dumps({"data": data, "next": onward}), mimetype="application/json")

    return app


def main(database: str) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    server = create_server(make_app(database), sockets=[listening], threads=4)
    print(listening.getsockname()[1], flush=True)
    server.run()


if __name__ == "__main__":
    main(sys.argv[1])
