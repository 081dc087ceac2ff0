"""A scripted RMS and adapters over it, which share their caches."""

from collections.abc import Callable

import pytest

from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.rms_cloud.samples import NOW, Script, credentials
from tests.integrations.vendor import Vendor
from webapp.integrations.kit.contract import Caches, Credentials
from webapp.integrations.pms.rms_cloud.adapter import Adapter

MakeAdapter = Callable[..., Adapter]


@pytest.fixture
def script(vendor: Vendor, clock: FixedClock) -> Script:
    clock.now = NOW
    written = Script(vendor.url)
    vendor.answers_by(written)
    return written


@pytest.fixture
def caches(clock: FixedClock) -> Caches:
    return memory_caches(clock)


@pytest.fixture
def make_adapter(vendor: Vendor, script: Script, make_client: MakeClient, caches: Caches) -> MakeAdapter:
    def make(given: Credentials | None = None) -> Adapter:
        return Adapter(given or credentials(), make_client(vendor.url, tries=1), caches)

    return make


@pytest.fixture
def adapter(make_adapter: MakeAdapter) -> Adapter:
    return make_adapter()
