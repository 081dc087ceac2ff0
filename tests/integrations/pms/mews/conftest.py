"""A scripted Mews and the adapter over it."""

import pytest

from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.mews.samples import NOW, Script, credentials
from tests.integrations.vendor import Vendor
from webapp.integrations.kit.contract import Caches
from webapp.integrations.pms.mews.adapter import Adapter


@pytest.fixture
def script(vendor: Vendor, clock: FixedClock) -> Script:
    clock.now = NOW
    written = Script()
    vendor.answers_by(written)
    return written


@pytest.fixture
def caches(clock: FixedClock) -> Caches:
    return memory_caches(clock)


@pytest.fixture
def adapter(vendor: Vendor, script: Script, make_client: MakeClient, caches: Caches) -> Adapter:
    return Adapter(credentials(vendor.url), make_client(vendor.url, tries=1), caches)
