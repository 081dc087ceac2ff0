"""A guest's profile as a provider tells it."""

from datetime import datetime

import msgspec


class Guest(msgspec.Struct, frozen=True):
    """Keyed by `external_id` within a connection; `updated_at` is the provider's own stamp, aware UTC."""

    external_id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, or empty
    language: str = ""  # BCP 47, or empty
    is_vip: bool = False
    notes: str = ""
    updated_at: datetime | None = None
