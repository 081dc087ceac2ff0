"""An adapter at a scripted gateway."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.opera_cloud.opera_samples import NOW, Answers, Gateway, credentials
from tests.integrations.vendor import Vendor
from webapp.integrations.kit.contract import Caches
from webapp.integrations.pms.opera_cloud.adapter import Adapter

MakeAdapter = Callable[..., Adapter]


@pytest.fixture
def caches(clock: FixedClock) -> Caches:
    clock.now = NOW
    return memory_caches(clock)


@pytest.fixture
def make_adapter(vendor: Vendor, make_client: MakeClient, caches: Caches) -> MakeAdapter:
    """`make_adapter({address: answer}, option=value)`; every adapter of a test shares its caches."""

    def make(answers: Answers = {}, **options: Any) -> Adapter:  # noqa: B006
        vendor.answers_by(Gateway(answers))
        return Adapter(credentials(vendor.url, **options), make_client(vendor.url, tries=1), caches)

    return make
