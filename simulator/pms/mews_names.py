"""Ids and secrets of the pretend Mews: always the same for the same hotel, and no two alike."""

from functools import lru_cache
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

_EVERYTHING = uuid5(NAMESPACE_URL, "https://mews.simulator.example/")


class Names:
    """Turns what the hotel calls a thing into what this vendor calls it."""

    def __init__(self, hotel_code: str) -> None:
        self._hotel = uuid5(_EVERYTHING, hotel_code)

    def id(self, kind: str, *parts: object) -> str:
        """The UUID of a thing, as text; `parts` tell it from others of its kind."""
        return _uuid(self._hotel, "/".join((kind, *map(str, parts))))

    def token(self, name: str, generation: int = 0) -> str:
        """Two groups of upper case hexadecimal digits, 32 and 31, as this vendor's tokens look."""
        digits = sha256(f"{self._hotel}/{name}/{generation}".encode()).hexdigest().upper()
        return f"{digits[:32]}-{digits[32:63]}"

    @property
    def enterprise(self) -> str:
        return self.id("enterprise")

    @property
    def chain(self) -> str:
        return self.id("chain")

    @property
    def integration(self) -> str:
        return self.id("integration")

    @property
    def stay_service(self) -> str:
        return self.id("service", "stay")

    @property
    def profile(self) -> str:
        """Whoever created or changed a record."""
        return self.id("profile", "front desk")


def texts(ids: list[UUID] | None) -> frozenset[str] | None:
    """Asked-for ids as they are written in records."""
    return None if ids is None else frozenset(map(str, ids))


@lru_cache(maxsize=20_000)  # a walk over the hotel asks for each id several times
def _uuid(hotel: UUID, name: str) -> str:
    return str(uuid5(hotel, name))
