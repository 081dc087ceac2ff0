"""The stage: a data folder, a fixed clock, the cast, a browser for each of them, and PostgreSQL where it is wanted."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from webapp import bind, create_app
from webapp import runtime as runtime_module
from webapp.integrations import registry
from webapp.integrations.kit import http as door
from webapp.integrations.kit.manifest import Limit
from webapp.integrations.kit.pacing import Pace
from webapp.runtime import Runtime, make_engine
from webapp.services import installation
from webapp.services.installation import open_runtime
from webapp.settings import Settings

from . import cast, postgres
from . import memory_provider as memory
from .kept import KeptFolders, SharedStatements, Start
from .postgres import Databases

LOOPBACK = {"PROVIDER_ALLOWED_NETWORKS": "127.0.0.1/32", "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.1/32"}
NOW = datetime(2026, 7, 14, 10, 30, tzinfo=UTC)


COMPILED = FileSystemBytecodeCache(tempfile.mkdtemp(prefix="templates-"))
atexit.register(shutil.rmtree, COMPILED.directory, ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="what `settings`, `hub` and all that is built on them stand on",
    )
    parser.addoption("--rounds", type=int, default=1, help="how often tests/chaos kills, times the least")
    parser.addoption("--seed", type=int, default=20260714, help="at which instants tests/chaos kills")


def pytest_configure(config: pytest.Config) -> None:
    for marker in (
        "sqlite_only: about the file of SQLite; skipped with --database=postgresql",
        "paced: waits as long between two calls as the provider's limit asks",
        "first_start: the database must not have been opened before (see `settings`)",
    ):
        config.addinivalue_line("markers", marker)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that choose their databases themselves, or use none, have run with SQLite already."""
    if config.getoption("--database") == "sqlite":
        return
    own = {"postgres_hub", "postgres_settings", "postgres_url"}
    without = [item for item in items if "settings" not in getattr(item, "fixturenames", ())]
    without = [item for item in without if not {"either_hub", *own} & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in set(without)]
    for item in items:
        named = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("sqlite_only"):
            item.add_marker(pytest.mark.skip(reason="about the file of SQLite"))
        elif own & named or "either_hub" in named:
            item.add_marker(pytest.mark.skip(reason="names its databases itself"))


def pytest_collection_finish() -> None:
    """What was loaded by now stays: searched for garbage over and over, it would take a tenth of the whole run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class FixedClock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def no_waiting_for_limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pretend vendors' limits are real; a test waits for one only when it is about that (`paced`)."""
    if not request.node.get_closest_marker("paced"):
        monkeypatch.setattr(door, "pace_for", lambda _host, _limit: Pace(Limit(100_000, 1.0)))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(scope="session")
def kept_folders(tmp_path_factory: pytest.TempPathFactory) -> KeptFolders:
    return KeptFolders(tmp_path_factory.mktemp("kept"), NOW)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Loopback is open to providers, as in the demo, so that the simulator can be reached."""
    folder = tmp_path / "data"
    wanted = _wanted_start(request)
    if request.config.getoption("--database") == "sqlite":
        if wanted is not None:
            request.getfixturevalue("kept_folders").copy(wanted, folder)
        yield Settings.from_env(LOOPBACK, data_dir=folder)
        return
    databases: Databases = request.getfixturevalue("databases")
    with databases.lent(wanted, folder) as url:
        yield Settings.from_env({**LOOPBACK, "DATABASE_URL": url}, data_dir=folder)


def _wanted_start(request: pytest.FixtureRequest) -> Start | None:
    """As far as the test's own fixtures would bring the data folder anyway; None: not even opened."""
    asked = set(request.fixturenames)
    if request.node.get_closest_marker("first_start") or not {"open_hub", "either_hub"} & asked:
        return None
    return Start.CLAIMED if {"hub", "either_hub"} & asked else Start.OPENED


@pytest.fixture
def open_hub(settings: Settings, clock: FixedClock) -> Iterator[Callable[[], Runtime]]:
    """Opens the data folder, as often as a test wants (a restart is a second call)."""
    opened: list[Runtime] = []

    def open_again() -> Runtime:
        opened.append(open_runtime(settings, clock=clock).runtime)
        return opened[-1]

    yield open_again
    for runtime in opened:
        runtime.close()


@pytest.fixture
def runtime(open_hub: Callable[[], Runtime]) -> Runtime:
    """A new, unclaimed hub."""
    return open_hub()


@pytest.fixture
def hub(runtime: Runtime) -> Runtime:
    """A claimed hub: Hotel Aurora in Zurich, EUR, business date 14 July 2026; Ada, Ian and Ben may sign in."""
    if not cast.is_set(runtime):
        cast.set_the_stage(runtime)
    return runtime


@pytest.fixture
def memory_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider without a network is in the registry for one test (see tests/sync_stage.py)."""
    monkeypatch.setitem(registry.PROVIDERS, memory.KEY, memory.MODULE)


@pytest.fixture(scope="session")
def kept_apps() -> list[Flask]:
    """None or one: a test gives it back for the next one."""
    return []


@pytest.fixture
def app(hub: Runtime, kept_apps: list[Flask]) -> Iterator[Flask]:
    """The pages over `hub`. Unexpected exceptions reach the test. A test that adds routes makes its own (`app_of`)."""
    app = kept_apps.pop() if kept_apps else app_of(hub)
    bind(app, hub)
    app.testing = True
    yield app
    kept_apps.append(app)


@pytest.fixture
def client_of(app: Flask, hub: Runtime) -> Callable[[cast.Character | None], cast.Browser]:
    """`client_of(BEN)`: a browser in which Ben is signed in; `client_of(None)` is Cleo's."""
    return lambda person: cast.open_browser(app, hub, person)


@pytest.fixture
def count_queries() -> Callable[[Runtime], AbstractContextManager[cast.Statements]]:
    """`with count_queries(hub) as statements: …`, then `len(statements)`."""
    return cast.counting


@pytest.fixture(scope="session", autouse=True)
def compiled_statements() -> Iterator[None]:
    """An engine remembers what SQL a statement becomes; here all engines of one dialect share that memory."""
    with pytest.MonkeyPatch.context() as patch:
        make = SharedStatements(make_engine)
        for place in (runtime_module, installation):
            patch.setattr(place, "make_engine", make)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_rules() -> Iterator[None]:
    """A test has an app of its own with the same addresses, and compiling those takes most of an app's making."""
    compile_one = Rule._compile_builder
    builders: dict[tuple[Any, ...], Any] = {}

    def known(self: Rule, append_unknown: bool = True) -> Any:
        key = (self.rule, *self._trace, repr(self.defaults), append_unknown)
        if key not in builders:
            builders[key] = compile_one(self, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", known)
        yield


def app_of(runtime: Runtime) -> Flask:
    app = create_app(runtime, needs_browser_files=False)
    app.jinja_env.bytecode_cache = COMPILED  # a test has an app of its own, and the templates are the same
    app.testing = True
    return app


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of this test run. Missing programs skip the test, in CI they fail it."""
    try:
        server = postgres.running_server()
        url = server.__enter__()
    except postgres.PostgresMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    yield url
    server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def databases(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    found = Databases(postgres_url, tmp_path_factory.mktemp("kept"), NOW)
    yield found
    found.close()


@pytest.fixture
def postgres_settings(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """Like `settings`, over an empty database in PostgreSQL."""
    folder = tmp_path / "postgres-data"
    with databases.lent(None, folder) as url:
        yield Settings.from_env({**LOOPBACK, "DATABASE_URL": url}, data_dir=folder)


@pytest.fixture
def postgres_hub(databases: Databases, tmp_path: Path, clock: FixedClock) -> Iterator[Runtime]:
    """Like `hub`, on PostgreSQL."""
    folder = tmp_path / "postgres-data"
    with databases.lent(Start.CLAIMED, folder) as url:
        settings = Settings.from_env({**LOOPBACK, "DATABASE_URL": url}, data_dir=folder)
        runtime = open_runtime(settings, clock=clock).runtime
        yield runtime
        runtime.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_hub(request: pytest.FixtureRequest) -> Runtime:
    """`hub` on each database in turn."""
    hub: Runtime = request.getfixturevalue("hub" if request.param == "sqlite" else "postgres_hub")
    return hub
