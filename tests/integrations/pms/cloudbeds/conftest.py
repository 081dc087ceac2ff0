"""An adapter at a scripted Cloudbeds."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.cloudbeds.cloudbeds_samples import answering, credentials
from tests.integrations.vendor import Vendor
from webapp.integrations.kit.contract import Caches, Credentials
from webapp.integrations.pms.cloudbeds.adapter import Adapter

MakeAdapter = Callable[..., Adapter]


@pytest.fixture
def caches(clock: FixedClock) -> Caches:
    return memory_caches(clock)


@pytest.fixture
def make_adapter(vendor: Vendor, make_client: MakeClient, caches: Caches) -> MakeAdapter:
    """`make_adapter({method: answer}, credentials)`; every adapter of a test shares its caches."""

    def make(answers: Any = {}, given: Credentials | None = None, **settings: Any) -> Adapter:  # noqa: B006
        vendor.answers_by(answering(answers))
        client = make_client(f"{vendor.url}/api/v1.3", **{"tries": 1, **settings})
        return Adapter(given or credentials(), client, caches)

    return make
