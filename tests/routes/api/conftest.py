"""Programs with keys, for tests of the API; and how long the judge of the whole API looks."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.routes.api.program import Program
from webapp.models import Scope
from webapp.runtime import Runtime
from webapp.services import api_keys

ProgramOf = Callable[..., Program]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--api-examples", type=int, default=0, help="random tries of each operation by schemathesis"
    )


@pytest.fixture
def wire(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client(use_cookies=False) as client:
        yield client


@pytest.fixture
def program_of(hub: Runtime, wire: FlaskClient) -> ProgramOf:
    """`program_of(Scope.READ)`: a program that holds such a key."""

    def make(scope: Scope = Scope.READ, **more: object) -> Program:
        made = api_keys.create(hub, name="Door locks", scope=scope, actor="ian@aurora.example", **more)  # type: ignore[arg-type]
        return Program(wire, made.text, made.key.public_id)

    return make


@pytest.fixture
def reader(program_of: ProgramOf) -> Program:
    return program_of(Scope.READ)


@pytest.fixture
def writer(program_of: ProgramOf) -> Program:
    return program_of(Scope.WRITE)


@pytest.fixture
def admin(program_of: ProgramOf) -> Program:
    return program_of(Scope.ADMIN)
