"""A receiver of webhooks that answers each at once and keeps nothing.

Run as a process of its own; prints its port.
"""

import socket
import socketserver


class Listener(socketserver.StreamRequestHandler):
    """Reads a call, answers 204 in one piece, and waits for the next on the same connection."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        while self.rfile.readline():
            size = 0
            while (line := self.rfile.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
            self.rfile.read(size)
            self.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    address_family = socket.AF_INET


def main() -> None:
    with Server(("127.0.0.1", 0), Listener) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
