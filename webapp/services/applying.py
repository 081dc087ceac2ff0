"""What storing records has in common: the circumstances, the tally, the hash that tells equal from different."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

import msgspec

from webapp.domain.event import Road
from webapp.domain.ids import public_ids
from webapp.domain.value import Value
from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.contract import Skipped

TOO_LONG = Sentence(N_("id longer than 100 characters"))
_packer = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How records reached the hub, and what may follow from storing them.

    announces      whether facts are written; a backfill and a shadow connection tell nobody
    watched_since  bookings made before were there before we looked, so finding one is no news
    keeps_search   False during a first load, whose index is built once at its end
    digests        by the provider's id, of records that came as bytes; of others the hash is over what was mapped
    hits           by the provider's id: the webhook call because of which a booking was read again
    """

    connection_id: int
    mapping_version: int
    road: Road
    at: datetime
    run_id: int | None = None
    announces: bool = True
    watched_since: datetime | None = None
    keeps_search: bool = True
    digests: Mapping[str, bytes] = field(default_factory=dict)
    hits: Mapping[str, int] = field(default_factory=dict)

    def new_ids(self, prefix: str, count: int) -> list[str]:
        """In ascending order, for the rows of one page."""
        return public_ids(prefix, int(self.at.timestamp() * 1000), count)


class Tally(Value, frozen=True):
    """What became of a page's records. `skipped` ones could not be stored, with the reason."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: tuple[Skipped, ...] = ()


def content_hash(record: msgspec.Struct, mapping_version: int) -> bytes:
    """16 bytes over all that the record says and the mapping that said it."""
    return blake2b(b"%d:%b" % (mapping_version, _packer.encode(record)), digest_size=16).digest()


def is_older(new: datetime | None, stored: datetime | None) -> bool:
    """A lower provider stamp never overwrites; without two stamps nobody can tell, and the newcomer wins."""
    return new is not None and stored is not None and new < stored
