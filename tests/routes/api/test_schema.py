"""The whole API against its own document, by a judge that is not ours: every check of schemathesis, no failure.

In short each operation gets the edges of all its values, right and wrong ones; `./run check-api` adds random ones.
"""

import threading
from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from limits import RateLimitItemPerMinute
from schemathesis.config import (
    ChecksConfig,
    FuzzingPhaseConfig,
    GenerationConfig,
    OperationConfig,
    OperationsConfig,
    PhasesConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.engine import events, from_schema
from schemathesis.filters import FilterSet
from schemathesis.schemas import BaseSchema
from waitress.server import create_server

from tests.hotel_data import HotelData
from webapp.models import Scope
from webapp.routes.api import catalogue
from webapp.runtime import Runtime
from webapp.services import api_access, api_keys

SEED = 20_260_714
ACCEPTED = ("2xx", "304", "400", "401", "403", "404", "409", "412")
"""What well-formed input may be answered: 400 is a cursor that is none, 412 an ETag that is not current."""
WITH_JUDGEMENT = r"/webhooks/endpoints.*|/keys.*"
"""Whose texts a schema cannot judge: is the address allowed, is this a network, are there too many already?"""


@pytest.fixture
def judged(
    app: Flask, hub: Runtime, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[BaseSchema]:
    for name in ("PER_KEY", "PER_STRANGER"):
        monkeypatch.setattr(api_access, name, RateLimitItemPerMinute(1_000_000, namespace=name))
    hotel = HotelData(hub)
    for number in range(30):
        hotel.book(
            f"Keller {number}",
            arrival=number % 9 - 4,
            status="checked_in" if number % 9 == 3 else "confirmed",
        )
    key = api_keys.create(hub, name="Judge", scope=Scope.ADMIN, actor="ada@aurora.example")
    examples = request.config.getoption("--api-examples", default=0)
    app.testing = False  # what breaks is answered with 500, as outside
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.effective_port}/api/v1/openapi.json"
    yield schemathesis.openapi.from_url(address, config=_config(key.text, int(examples)))
    server.task_dispatcher.shutdown()
    for kept in list(server.active_channels.values()):  # connections that the judge did not give back
        kept.handle_close()
    server.close()
    thread.join(10)
    assert not thread.is_alive()


def _config(key: str, examples: int) -> SchemathesisConfig:
    strict = ChecksConfig(positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=ACCEPTED))
    lenient = ChecksConfig(
        positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=(*ACCEPTED, "422"))
    )
    with_judgement = FilterSet()
    with_judgement.include(path_regex=WITH_JUDGEMENT)
    with_judgement.include(method="POST")  # an Idempotency-Key that was used with another body
    project = ProjectConfig(
        headers={"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"},
        checks=strict,
        continue_on_failure=True,
        operations=OperationsConfig(operations=[OperationConfig(filter_set=with_judgement, checks=lenient)]),
        generation=GenerationConfig(max_examples=max(examples, 1), deterministic=True, database="none"),
        phases=PhasesConfig(fuzzing=FuzzingPhaseConfig(enabled=examples > 0)),
    )
    return SchemathesisConfig(seed=SEED, projects=ProjectsConfig(default=project))


def test_the_api_does_what_its_document_says(judged: BaseSchema, capsys: pytest.CaptureFixture[str]) -> None:
    cases, wrong, called = 0, [], set()
    for event in from_schema(judged).execute():
        if isinstance(event, events.ScenarioFinished):
            cases += len(event.recorder.cases)
            called.add(event.label)
            for case_id, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        wrong.append(
                            f"{event.label} {check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample} {case_id}"
                        )
        elif isinstance(event, events.NonFatalError):
            wrong.append(f"{event.label}: {event.info}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    with capsys.disabled():
        print(f" {cases:,} cases", end="")
    assert not wrong, f"{len(wrong)} failures\n" + "\n\n".join(wrong[:12])
    assert called >= {f"{one.method} {one.path}" for one in catalogue.ALL}
    assert cases > 1_000
