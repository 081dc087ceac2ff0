"""A bare Flask and SQLAlchemy page on waitress, to which starting and idling are compared. Prints its port."""

import socket

from flask import Flask
from sqlalchemy import create_engine, text
from waitress.server import create_server


def main() -> None:
    app = Flask(__name__)
    engine = create_engine("sqlite://")

    @app.get("/")
    def page() -> str:
        with engine.connect() as connection:
            return f"<p>{connection.execute(text('SELECT 1')).scalar()}</p>"

    listening = socket.create_server(("127.0.0.1", 0))
    server = create_server(app, sockets=[listening], threads=4)
    print(listening.getsockname()[1], flush=True)
    server.run()


if __name__ == "__main__":
    main()
