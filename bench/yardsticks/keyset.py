"""The ceiling for a list page: Flask, Jinja and sqlite3 by hand, paged by key, over the hub's own bookings.

No sign-in, no roles, no filters. Run as a process of its own; prints its port.
"""

import socket
import sqlite3
import sys
from typing import Any

from flask import Flask, render_template_string, request
from waitress.server import create_server

COLUMNS = "id, confirmation_number, guest_first, guest_last, arrival, departure, status, source, balance_minor, currency"
FIRST = f"SELECT {COLUMNS} FROM booking WHERE connection_id = 1 ORDER BY arrival DESC, id DESC LIMIT 51"  # noqa: S608
NEXT = (
    f"SELECT {COLUMNS} FROM booking WHERE connection_id = 1 AND (arrival, id) < (?, ?) "  # noqa: S608
    "ORDER BY arrival DESC, id DESC LIMIT 51"
)
FOUND = (
    f"SELECT {COLUMNS} FROM booking WHERE id IN (SELECT rowid FROM booking_search WHERE booking_search MATCH ?) "  # noqa: S608
    "ORDER BY arrival DESC, id DESC LIMIT 51"
)
PAGE = """<!doctype html><html lang="en"><title>Bookings</title><h1>Bookings</h1><table>
{% for row in rows %}<tr><td>{{ row[2] }} {{ row[3] }}</td><td>{{ row[1] }}</td><td>{{ row[4] }}</td>
<td>{{ row[5] }}</td><td>{{ row[6] }}</td><td>{{ row[7] }}</td><td>{{ row[8] }} {{ row[9] }}</td></tr>
{% endfor %}</table>{% if last %}<a href="?arrival={{ last[4] }}&id={{ last[0] }}">Older</a>{% endif %}</html>"""


def make_app(database: str) -> Flask:
    app = Flask(__name__)
    db = sqlite3.connect(database, check_same_thread=False)
    db.execute("PRAGMA cache_size=-64000")

    @app.get("/bookings")
    def bookings() -> str:
        asked = request.args
        values: tuple[Any, ...] = ()
        statement = FIRST
        if "q" in asked:
            statement, values = FOUND, (f'"{asked["q"]}"*',)
        elif "id" in asked:
            statement, values = NEXT, (asked["arrival"], int(asked["id"]))
        rows = db.execute(statement, values).fetchall()
        return render_template_string(PAGE, rows=rows[:50], last=rows[49] if len(rows) > 50 else None)

    return app


def main(database: str) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    server = create_server(make_app(database), sockets=[listening], threads=4)
    print(listening.getsockname()[1], flush=True)
    server.run()


if __name__ == "__main__":
    main(sys.argv[1])
