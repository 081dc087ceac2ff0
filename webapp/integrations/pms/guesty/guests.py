"""Reads guest profiles by their ids, in batches: there is no list of changed ones."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from webapp.integrations.kit.errors import ContractBroken, NotFound, PermissionMissing

from .asking import Guesty, Row, batches, rows_of
from .house import Memory
from .reading import id_of, is_id
from .refusals import Refused

LIST = "guests-crud"
BATCH = 50
_WIDE = "id firstName lastName fullName guestEmail guestPhone address preferredLanguage notes"
_DOCUMENTED = "fullName guestEmail guestPhone address id"
_REMEMBERED_FOR = timedelta(days=1)
_MODE = "guest-list"


class GuestBook:
    """Each guest is asked for once in the life of this object."""

    def __init__(self, guesty: Guesty, memory: Memory) -> None:
        self._guesty = guesty
        self._memory = memory
        self._known: dict[str, Row | None] = {}

    def by_ids(self, ids: Sequence[str]) -> dict[str, Row]:
        """Those that exist. Raises ProviderError."""
        wanted = [identity for identity in ids if is_id(identity) and identity not in self._known]
        for batch in batches(wanted, BATCH):
            found = {id_of(row): row for row in self._ask(batch)}
            self._known |= {identity: found.get(identity) for identity in batch}
        return {identity: row for identity in ids if (row := self._known.get(identity)) is not None}

    def named(self, ids: Sequence[str]) -> dict[str, Row]:
        """For bookings, which can do without names where the application may not read guests."""
        try:
            return self.by_ids(ids)
        except PermissionMissing:
            return {}

    def _ask(self, ids: Sequence[str]) -> Iterator[Row]:
        """The list by ids is documented by examples only: where an account does not take our columns, and then where it
        does not take our filter, the next simpler question is asked, and remembered for a day."""
        mode = self._memory.get(_MODE, str) or "wide"
        if mode in ("wide", "documented"):
            try:
                yield from self._listed(ids, _WIDE if mode == "wide" else _DOCUMENTED)
                return
            except Refused:
                mode = "documented" if mode == "wide" else "single"
                self._memory.put(_MODE, mode, _REMEMBERED_FOR)
            yield from self._ask(ids)
            return
        for identity in ids:
            try:
                answer = self._guesty.get(f"{LIST}/{identity}", {"fields": _WIDE})
            except NotFound:
                continue
            yield answer.json(Row)

    def _listed(self, ids: Sequence[str], columns: str) -> list[Row]:
        filters = msgspec.json.encode({"_id": {"@in": list(ids)}}).decode()
        asked = [("columns", columns), ("filters", filters)]
        found = rows_of(self._guesty.results(LIST, asked, 0, len(ids)).rows)
        if found and not any(id_of(row) in ids for row in found):
            raise ContractBroken(f"{LIST}: _id", "other guests than those asked for")
        return found
