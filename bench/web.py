"""Starts a web process of either side and talks to it over one kept connection."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

import urllib3

from bench import hub
from bench.pretend_hotel import ROOT

_ADDRESS = re.compile(rb"http://[^\s]+|^\d+\s*$", re.M)


@dataclass(slots=True)
class Visitor:
    """A browser with one connection and its cookies."""

    url: str
    _pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=1, retries=False))
    _cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return self._ask("GET", path, None, headers)

    def sign_in(self) -> None:
        page = self.get("/login").data.decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        filled = {"email": hub.EMAIL, "password": hub.PASSWORD, "csrf_token": token[1] if token else ""}
        answer = self._ask(
            "POST", "/login", urlencode(filled), {"Content-Type": "application/x-www-form-urlencoded"}
        )
        if answer.status not in (302, 303):
            raise SystemExit(f"the hub refuses the bench: {answer.status}")

    def timed(self, path: str, times: int, **headers: str) -> list[float]:
        """Milliseconds of each of `times` requests, one after another."""
        found = []
        for _ in range(times):
            began = time.perf_counter()
            answer = self.get(path, **headers)
            found.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")
        return found

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> urllib3.BaseHTTPResponse:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()), **headers}
        answer = self._pool.request(
            method, self.url + path, body=body, headers=sent, redirect=False, decode_content=False
        )
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer


def cpu_ms(process: "subprocess.Popen[bytes]") -> float:
    """What the process has used so far, in user and system."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of `python ARGUMENTS` once it has printed it, and its process."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= hub.NETWORK
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=environment)
    try:
        yield _address(process.stdout), process
    finally:
        process.terminate()
        process.wait(20)


def hub_command(folder: Path) -> tuple[str, ...]:
    return ("-m", "webapp", "serve", "--data", str(folder), "--port", "0")


def _address(output: IO[bytes] | None) -> str:
    for line in output or ():
        found = _ADDRESS.search(line)
        if found is not None:
            text = found[0].decode().strip()
            return f"http://127.0.0.1:{text}" if text.isdecimal() else text.rstrip("/")
    raise SystemExit("a server ended before it said its address")
