"""Orders Guesty's calls, and fetches the secret they are signed with, which may come a while after the order."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from webapp.integrations.kit.contract import LASTING, Subscription, TokenCache
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.plain_values import text
from webapp.vault import Secret

from .asking import Guesty, Row, rows_of
from .house import Memory
from .manifest import ORDERED
from .reading import id_of

HOOKS, SECRET = "webhooks", "webhooks-v2/secret"
KEPT_AS = f"{LASTING}webhook-secrets"
KEPT_FOR = timedelta(days=3650)
NONE_FOR = timedelta(hours=1)
"""A hub without orders at Guesty looks for some as often."""
_NONE = "no-orders"


class Subscriptions:
    """One order per address, with all its events. Raises ProviderError."""

    def __init__(self, guesty: Guesty, tokens: TokenCache, memory: Memory) -> None:
        self._guesty = guesty
        self._tokens = tokens
        self._memory = memory

    def all(self) -> tuple[Subscription, ...]:
        return tuple(
            Subscription(id_of(row), event, text(row.get("url")))
            for row in self._rows()
            for event in _events(row) or [""]
        )

    def order(self, url: str) -> tuple[Subscription, ...]:
        """An order that stands already is only completed: a new one would have a new secret."""
        row = next((row for row in self._rows() if text(row.get("url")) == url), None)
        wanted = {"url": url, "events": list(ORDERED)}
        if row is None:
            made = self._guesty.call("POST", HOOKS, wanted).json(Row)
            identity = id_of(made)
            if not identity:
                raise ContractBroken(f"{HOOKS}: _id")
            self._forget(url)
        else:
            identity = id_of(row)
            if not set(ORDERED) <= set(_events(row)):
                self._guesty.call("PUT", f"{HOOKS}/{identity}", wanted)
        self._fetch_secret(url)
        return tuple(Subscription(identity, event, url) for event in ORDERED)

    def end(self, url: str) -> int:
        """How many kinds of events were ordered."""
        ended = 0
        for row in self._rows():
            if text(row.get("url")) == url:
                try:
                    self._guesty.call("DELETE", f"{HOOKS}/{id_of(row)}")
                except NotFound:
                    continue
                ended += len(_events(row))
        self._forget(url)
        return ended

    def secrets(self) -> tuple[Secret, ...]:
        return tuple(Secret(value) for value in self._kept().values())

    def catch_up(self, paths: Sequence[str]) -> None:
        """Fetches the secrets that are still missing. An order is never made anew for that, or each would bring another
        secret and none would ever fit."""
        kept = self._kept()
        missing = [path for path in paths if path not in kept]
        if not missing or self._memory.get(_NONE, bool):
            return
        urls = [url for row in self._rows() if urlsplit(url := text(row.get("url"))).path in missing]
        if not urls:
            self._memory.put(_NONE, True, NONE_FOR)
        for url in urls:
            self._fetch_secret(url)

    # ----------------------------------------------------------------------------------------------------------------

    def _rows(self) -> list[Row]:
        return rows_of(self._guesty.get(HOOKS).json(list[msgspec.Raw]))

    def _fetch_secret(self, url: str) -> None:
        """Guesty may not know it in the first moments (404): then the clock asks again."""
        path = urlsplit(url).path
        if path in self._kept():
            return
        try:
            row = self._guesty.get(SECRET, {"url": url}).json(Row)
        except NotFound:
            return
        key = text(row.get("key"))
        if key:
            self._keep({**self._kept(), path: key})

    def _kept(self) -> dict[str, str]:
        sealed = self._tokens.get(KEPT_AS)
        if sealed is None:
            return {}
        try:
            return msgspec.json.decode(sealed.reveal(), type=dict[str, str])
        except msgspec.DecodeError:
            return {}

    def _forget(self, url: str) -> None:
        kept = self._kept()
        if kept.pop(urlsplit(url).path, None) is not None:
            self._keep(kept)

    def _keep(self, secrets: dict[str, str]) -> None:
        until = self._guesty.client.clock() + KEPT_FOR
        self._tokens.put(KEPT_AS, Secret(msgspec.json.encode(secrets).decode()), until)


def _events(row: Row) -> list[str]:
    events = row.get("events")
    return [text(event) for event in events] if isinstance(events, list) else []
