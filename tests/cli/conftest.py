"""Runs commands in this process and gives back what they printed."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulator import build_world
from simulator.server import Server, start
from webapp.cli import main

RECIPE = Path(__file__).parents[2] / "simulator/pms/custom_rest.recipe.json"


@dataclass(frozen=True)
class Printed:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return msgspec.json.decode(self.out)


Run = Callable[..., Printed]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("user", "create", ...)` against one data folder; `typed` is standard input, `env` joins the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROVIDER_ALLOWED_NETWORKS", "127.0.0.1/32")

    def command(*words: str, typed: str = "", env: dict[str, str] | None = None) -> Printed:
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        try:
            code = main([*words, "--data", str(tmp_path / "data")])
        except SystemExit as error:
            code = int(error.code or 0)
        for name in env or {}:
            monkeypatch.delenv(name)
        captured = capsys.readouterr()
        return Printed(code, captured.out, captured.err)

    return command


@pytest.fixture
def vendor() -> Iterator[Server]:
    """The simulated hotel around its own today, over HTTP."""
    from datetime import UTC, datetime

    from simulator.clock import WorldClock

    today = datetime.now(UTC).date()
    with start(build_world(today, clock=WorldClock.ticking()), rate_limit=0) as server:
        yield server


@pytest.fixture
def add_aurora(run: Run, vendor: Server) -> Callable[..., Printed]:
    """Adds the simulated hotel as `Aurora`; the key comes on standard input."""

    def add(*more: str, key: str | None = None) -> Printed:
        typed = f"api_key={key or vendor.credentials['api_key_header']['value']}\n"
        return run(
            *("connection", "add", "custom_rest", "--name", "Aurora"),
            *("--set", f"endpoint_url={vendor.url}/v2", "--set", f"property_id={vendor.property_id}"),
            *("--set", f"recipe=@{RECIPE}", *more),
            typed=typed,
        )

    return add
