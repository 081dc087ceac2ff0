"""How the contract suite meets each provider: its pretend vendor, and credentials that fit and that do not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from simulator.faults import Fault, FaultKind
from simulator.generate import build_world
from simulator.server import Server, start
from simulator.world import World
from webapp.integrations.kit.contract import Credentials
from webapp.vault import Secret

RECIPE = Path(__file__).parents[2] / "simulator" / "pms" / "custom_rest.recipe.json"
BUSINESS_DATE = date(2026, 7, 14)
PAGE = 150  # small enough for several pages of everything


@dataclass(frozen=True)
class Running:
    """A provider's pretend vendor at work. The credentials ask for pages of `PAGE` records."""

    base_url: str
    good: Credentials
    bad_key: Credentials
    wrong_property: Credentials
    server: Server

    @property
    def world(self) -> World:
        return self.server.world

    def fault(self, kind: FaultKind, **settings: Any) -> None:
        self.server.faults.switch_on(Fault(kind=kind, **settings))

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(
            secret.reveal() for secret in [*self.good.secrets.values(), *self.bad_key.secrets.values()]
        )


def recipe(size: int = PAGE, **changes: Any) -> dict[str, Any]:
    """The simulator's recipe with smaller pages and no pacing."""
    document: dict[str, Any] = msgspec.json.decode(RECIPE.read_bytes())
    document["limits"] = {"per_second": 0}
    for stream in document["streams"].values():
        stream["pagination"]["size"] = size
    return document | changes


def custom_rest_credentials(server: Server, kind: str = "api_key", **options: Any) -> Credentials:
    """Good credentials of one of the form's kinds; `options` replace what the form would hold."""
    sheet = server.credentials
    client, login = sheet["oauth2_client_credentials"], sheet["login_token"]
    plain, secrets = {
        "api_key": ({"key_name": "X-Api-Key"}, {"api_key": sheet["api_key_header"]["value"]}),
        "api_key_query": (
            {"auth_kind": "api_key", "key_place": "query", "key_name": "apiKey"},
            {"api_key": sheet["api_key_query"]["value"]},
        ),
        "bearer": ({}, {"api_key": sheet["bearer"]["token"]}),
        "basic": ({"username": sheet["basic"]["username"]}, {"api_secret": sheet["basic"]["password"]}),
        "client_credentials": (
            {"client_id": client["client_id"], "token_url": client["token_url"]},
            {"api_secret": client["client_secret"]},
        ),
        "login": ({"username": login["username"]}, {"api_secret": login["password"]}),
    }[kind]
    form = {
        "endpoint_url": f"{server.url}/v2",
        "auth_kind": kind,
        "property_id": server.property_id,
        "recipe": recipe(),
        **plain,
        **options,
    }
    return Credentials(form, {name: Secret(value) for name, value in secrets.items()})


@contextmanager
def custom_rest() -> Iterator[Running]:
    with start(build_world(BUSINESS_DATE), rate_limit=0) as server:
        good = custom_rest_credentials(server)
        yield Running(
            base_url=f"{server.url}/v2",
            good=good,
            bad_key=replace(good, secrets={"api_key": Secret("wr0ng-k3y-0f-n0b0dy")}),
            wrong_property=replace(good, options={**good.options, "property_id": "NOWHERE"}),
            server=server,
        )


PROVIDERS: Mapping[str, Callable[[], Any]] = {"custom_rest": custom_rest}
