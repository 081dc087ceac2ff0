"""OHIP's calls: the headers that each needs, 204 for "nothing", and searches in their new and their old form."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

import msgspec

from webapp.integrations.kit.answer import Answer, Call, place_of
from webapp.integrations.kit.auth import fingerprint
from webapp.integrations.kit.contract import Caches, Credentials, SetupCache
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.http import ProviderClient

from .login import app_key_of, auth_for
from .refusals import status_errors

Shape = TypeVar("Shape")
Fields = Mapping[str, object]

FORM_KEPT_FOR = timedelta(days=7)
"""How long it is remembered that a gateway has no POST searches yet; then they are tried again."""
_OLD, _NEW = "get", "post"


class Search:
    """A search that Oracle moved from GET to POST in its 26 releases; names and values are the same in both."""

    def __init__(self, name: str, old: str, new: str) -> None:
        self.name, self.old, self.new = name, old, new


class Ohip:
    """Asks one gateway about one hotel. Raises ProviderError."""

    def __init__(self, client: ProviderClient, credentials: Credentials, caches: Caches) -> None:
        self.client = client
        self.hotel_id = credentials.text("property_id").strip()
        self.time_zone = credentials.text("time_zone").strip()
        self.external_system = credentials.text("external_system").strip()
        self.setup: SetupCache = caches.setup
        self.mark = fingerprint(
            client.base_url,
            self.hotel_id,
            credentials.text("client_id"),
            self.external_system,
            self.time_zone,
        )
        self._credentials = credentials
        client.status_errors = status_errors(self.hotel_id)
        client.auth = auth_for(credentials, client, caches.tokens)

    def get(self, path: str, fields: Fields = {}) -> Answer | None:  # noqa: B006 - read only
        """None for 204."""
        params = [(name, _in_query(value)) for name, value in fields.items()]
        return _answered(self.client.get(path, params, self.headers()))

    def read_once(self, path: str, fields: Fields) -> Answer | None:
        """A GET that must not be repeated, because reading removes what was read. None for 204."""
        url = self.client.url(path, [(name, _in_query(value)) for name, value in fields.items()])
        return _answered(self.client.send(Call("GET", url, self.headers(), is_safe=False)))

    def head(self, url: str) -> Answer:
        return self.client.send(Call("HEAD", self.client.url(url), self.headers()))

    def post(self, path: str, body: object) -> Answer:
        """Sent once."""
        return self.client.post(path, json=body, headers=self.headers())

    def search(self, search: Search, fields: Fields) -> Answer | None:
        """None for 204. The form that worked is remembered for this gateway."""
        key = f"form:{search.name}:{self.mark}"
        if self.setup.get(key) == _OLD:
            return self.get(search.old, fields)
        try:
            answer = self.client.post(search.new, json=fields, headers=self.headers(), is_safe=True)
        except NotFound:  # 404 or 405: this release has the old form only, or the gateway is another
            found = self.get(search.old, fields)
            self.setup.put(key, _OLD, self.client.clock() + FORM_KEPT_FOR)
            return found
        return _answered(answer)

    def headers(self) -> dict[str, str]:
        """`x-hotelid` is needed even where the address names the hotel: it decides what we may see. The request's
        number is Oracle's way to find a call in its own logs."""
        headers = {
            "x-app-key": app_key_of(self._credentials),
            "x-hotelid": self.hotel_id,
            "x-request-id": str(uuid.uuid4()),
        }
        if self.external_system:
            headers["x-externalsystem"] = self.external_system
        return headers


def _answered(answer: Answer) -> Answer | None:
    return None if answer.status == HTTPStatus.NO_CONTENT else answer


def _in_query(value: object) -> object:
    """Lists repeat their name; truth is written in small letters."""
    return str(value).lower() if isinstance(value, bool) else value


def decoded(raw: msgspec.Raw, shape: type[Shape], where: str) -> Shape:
    """A record in our shape. Raises ContractBroken naming the place."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.DecodeError as error:
        place = place_of(error) if isinstance(error, msgspec.ValidationError) else ""
        raise ContractBroken(f"{where}: {place or 'a record'}", "unexpected shape") from None
