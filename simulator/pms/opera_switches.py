"""What a test or the control desk may change of the pretend OPERA Cloud."""

from typing import Literal

import msgspec


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Habits and set-ups of tenants; what is left out of a change goes back to normal.

    Access: `is_approved` (the partner's application), `is_allow_listed`, `has_web_service_role` (of the SSD user),
    `is_migrated` (the old sign-in is dead), `unsubscribed` modules (`ent`, `rsv`, `crm`, ...). Release: `missing`
    has operations by their published id with the status they answer (404, 405, or 400 for a feature newer than the
    tenant). Values: `counts_as_text`, `rfc3339` stamps, `tax_percent` of net prices, `suppressed_plans` without
    amounts, `derived_plans` without schedules of their own, `overbooking` rooms per type. Reads: `offset_counts`
    rows or pages, `business_date_offset` in days, `hidden` reservations by the hotel's number. Events:
    `event_elements` chosen or header only, `module_numbers`, `check_in_as_update`, `is_queue_shared` (every second
    event goes to another consumer), `event_lag_seconds`. Daily summary: `summary_seconds` until it is done,
    `is_summary_invalid`.
    """

    is_approved: bool = True
    is_allow_listed: bool = True
    has_web_service_role: bool = True
    is_migrated: bool = False
    unsubscribed: frozenset[str] = frozenset()
    missing: dict[str, Literal[400, 404, 405]] = {}
    counts_as_text: bool = False
    rfc3339: bool = False
    tax_percent: int = 0
    suppressed_plans: frozenset[str] = frozenset()
    derived_plans: frozenset[str] = frozenset()
    overbooking: int = 1
    offset_counts: Literal["rows", "pages"] = "rows"
    business_date_offset: int = 0
    hidden: frozenset[str] = frozenset()
    event_elements: bool = True
    module_numbers: bool = False
    check_in_as_update: bool = False
    is_queue_shared: bool = False
    event_lag_seconds: float = 0
    summary_seconds: float = 60
    is_summary_invalid: bool = False
