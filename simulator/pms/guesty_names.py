"""Ids and secrets of the pretend Guesty: always the same for the same hotel, in the shapes this vendor gives them."""

import base64
import hmac
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

import msgspec

_EARLY = datetime(2021, 3, 1, 8, tzinfo=UTC)


class Names:
    """Turns what the hotel calls a thing into what this vendor calls it."""

    def __init__(self, hotel_code: str) -> None:
        self._hotel = hotel_code
        self.account = self.id("account", hotel_code)
        self.client_id = f"0oa{self._digits('client')[:17]}"
        self.client_secret = f"{self._digits('secret')}{self._digits('secret', 1)}"[:64]

    def id(self, kind: str, *parts: object, at: datetime = _EARLY) -> str:
        """24 hex digits, the first 8 the second of birth, so that ids sort by age."""
        return f"{int(at.timestamp()):08x}{self._digits(kind, *parts)[:16]}"

    def room_type(self, code: str) -> str:
        return self.id("unit type", code)

    def room(self, number: str) -> str:
        return self.id("unit", number)

    def plan(self, code: str) -> str:
        return self.id("rate plan", code)

    def guest(self, guest_id: str, at: datetime) -> str:
        return self.id("guest", guest_id, at=at)

    def token(self, count: int, at: datetime, until: datetime) -> str:
        """A JSON web token that names the account; nobody but the vendor can check it."""
        head = _segment({"alg": "HS256", "typ": "JWT"})
        claims = {
            "accountId": self.account,
            "cid": self.client_id,
            "exp": int(until.timestamp()),
            "iat": int(at.timestamp()),
            "jti": count,
            "scp": ["open-api"],
        }
        signed = f"{head}.{_segment(claims)}"
        digest = hmac.new(self._digits("token key").encode(), signed.encode(), sha256).digest()
        return f"{signed}.{_text(digest)}"

    def webhook_secret(self, webhook_id: str) -> str:
        """`whsec_` and the base64 text of 24 bytes."""
        return (
            "whsec_"
            + base64.b64encode(sha256(f"{self._hotel}/hook/{webhook_id}".encode()).digest()[:24]).decode()
        )

    def _digits(self, kind: str, *parts: object) -> str:
        return _digest("/".join((self._hotel, kind, *map(str, parts))))


@lru_cache(maxsize=20_000)  # a walk over the hotel asks for each id several times
def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _segment(value: object) -> str:
    return _text(msgspec.json.encode(value))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
