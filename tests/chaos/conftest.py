"""Where the chaos tests stand, how often they repeat, and at which instants they strike."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.settings import Settings

from .house import NETWORK


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a process is killed, as a multiple of the least."""
    return int(request.config.getoption("--rounds"))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """The same instants in every run, unless --seed says otherwise."""
    return random.Random(int(request.config.getoption("--seed")))  # noqa: S311


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, rounds: int) -> Iterator[Settings]:
    """A new data folder, over each database in turn."""
    if request.param == "sqlite":
        yield Settings.from_env(NETWORK, data_dir=tmp_path / "data")
    elif rounds == 1:
        pytest.skip("the long form strikes PostgreSQL too: ./run chaos")
    else:
        yield request.getfixturevalue("postgres_settings")
