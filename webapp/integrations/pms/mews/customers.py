"""Reads customers: those of known ids, following merged ones, and those that changed and are this hotel's."""

from collections.abc import Sequence

from .asking import Mews
from .listings import (
    ALIVE_OR_NOT,
    COMPANIONSHIPS,
    CUSTOMERS,
    CUSTOMERS_ONLY,
    NO_EXTRAS,
    RESERVATIONS,
)
from .setup import Setup
from .shapes import Customer

_MOST_MERGES = 5  # a duplicate of a duplicate; more would be a circle


class CustomerBook:
    def __init__(self, mews: Mews, setup: Setup) -> None:
        self._mews = mews
        self._setup = setup

    def by_ids(self, ids: Sequence[str]) -> dict[str, Customer]:
        """Customers by the id asked for; one that was merged away is replaced by the one it became."""
        asked = list(dict.fromkeys(ids))
        known: dict[str, Customer] = {}
        wanted = asked
        for _ in range(_MOST_MERGES):
            if not wanted:
                break
            known |= {row.id: row for row in self._ask(wanted)}
            targets = [row.merge_target_id for row in known.values() if row.merge_target_id]
            wanted = [target for target in dict.fromkeys(targets) if target not in known]
        found = {identity: _living(identity, known) for identity in asked}
        return {identity: customer for identity, customer in found.items() if customer is not None}

    def ours(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that stay or stayed in this hotel. Customers belong to the chain, so that a change may be
        that of a sister hotel's guest."""
        found: set[str] = set()
        companions = {**NO_EXTRAS, **self._setup.scope}
        rows = self._mews.every_of(COMPANIONSHIPS, "CustomerIds", ids, companions)
        found |= {row.customer_id for row in rows}
        left = [identity for identity in ids if identity not in found]
        owned = self._mews.every_of(RESERVATIONS, "AccountIds", left, self._setup.scope)
        return found | {row.account_id for row in owned if row.account_id}

    def _ask(self, ids: Sequence[str]) -> list[Customer]:
        filters = {**CUSTOMERS_ONLY, **ALIVE_OR_NOT, **self._setup.chain_scope}
        return self._mews.every_of(CUSTOMERS, "CustomerIds", ids, filters)


def _living(identity: str, known: dict[str, Customer]) -> Customer | None:
    """Follows merges to the end; a circle or a target nobody shows ends at the last one seen."""
    customer = known.get(identity)
    for _ in range(_MOST_MERGES):
        target = customer.merge_target_id if customer else None
        if not target or target not in known:
            break
        customer = known[target]
    return customer
