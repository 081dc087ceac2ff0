"""Faults: what is wrong, what mends it, and who acts, as data that can be stored and translated."""

from enum import StrEnum

import msgspec

from .wording import Params


class Actor(StrEnum):
    """Who has to act on a fault."""

    ADMIN = "admin"
    IT = "it"
    VENDOR = "vendor"
    NOBODY = "nobody"
    US = "us"


class Fault(msgspec.Struct, frozen=True):
    """`message` and `advice` are gettext message ids with %(name)s places filled from `params`.

    A parameter may be a sentence of its own (`wording.Sentence`).
    `code` is stable and machine-readable (`credentials_rejected`); `detail` is for the log and never
    holds a secret; `retry_after` is seconds, when the provider said so.
    """

    code: str
    message: str
    advice: str
    actor: Actor
    params: Params = {}
    detail: str = ""
    retry_after: float | None = None
