"""What the contract suite plays on: windows around the hotel's business date, and adapters with caches of their own."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.providers import BUSINESS_DATE, Running
from webapp.domain.stream import Mode, Window
from webapp.integrations import registry
from webapp.integrations.kit.contract import Caches, Credentials, Page

OURS = [key for key, module in registry.PROVIDERS.items() if module.startswith("webapp.")]
"""Other tests may register a provider of their own making."""

MakeAdapter = Callable[..., Any]


def adapters_of(key: str, running: Running, make_client: MakeClient, clock: FixedClock) -> MakeAdapter:
    """`make(credentials, caches, **settings)`, the settings being the client's; without caches it begins with empty
    ones."""

    def make(credentials: Credentials | None = None, caches: Caches | None = None, **settings: Any) -> Any:
        client = make_client(running.base_url, **settings)
        given = credentials or running.good
        return registry.adapter_class(key)(given, client, caches or memory_caches(clock))

    return make


def after_the_last_change(running: Running) -> datetime:
    """Windows end before their last instant, and the world has changes of this very one."""
    return running.world.clock.now() + timedelta(seconds=1)


def window(
    clock: FixedClock, mode: Mode = Mode.BACKFILL, since: datetime | None = None, days: int = 40
) -> Window:
    span = timedelta(days=days)
    return Window(mode, since, clock(), BUSINESS_DATE - span, BUSINESS_DATE + span)


def records(pages: Iterator[Page] | list[Page]) -> list[Any]:
    return [record for page in pages for record in page.records]
