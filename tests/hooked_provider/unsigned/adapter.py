"""Refuses whatever did not come to a secret address."""

from datetime import datetime

from tests.hooked_provider.adapter import Adapter as SignedAdapter
from tests.hooked_provider.unsigned.manifest import MANIFEST
from webapp.integrations.kit.contract import Hit
from webapp.integrations.kit.errors import SignatureRejected


class Adapter(SignedAdapter):
    manifest = MANIFEST

    def verify(self, hit: Hit, now: datetime) -> None:
        raise SignatureRejected("this provider signs nothing")
