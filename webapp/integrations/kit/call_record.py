"""One call as the log and the connection doctor keep it: what was asked and how it ended, without headers or bodies."""

import re
from dataclasses import dataclass
from datetime import datetime

from .answer import Answer
from .headroom import Headroom

# What vendors call the number under which their own log has a call; all that a letter to them needs of the headers.
_REQUEST_ID_HEADERS = (
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-ms-request-id",
    "opc-request-id",
    "x-trace-id",
    "cf-ray",
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:=/+-]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """`path` has no secret in its query; `retry` counts from 0; `headroom` when headers told it.

    `request_id` is the vendor's own name for the call, empty where it sends none; `sent_at` its clock, by Date header.
    """

    at: datetime
    method: str
    path: str
    status: int | None
    ms: int
    size: int
    fault_code: str
    retry: int
    headroom: Headroom | None = None
    request_id: str = ""
    sent_at: datetime | None = None


def request_id(answer: Answer | None) -> str:
    """The vendor's name for this call, when it is short and plain; it goes into letters and onto pages."""
    headers = answer.headers if answer is not None else {}
    for name in _REQUEST_ID_HEADERS:
        found = headers.get(name, "")
        if found and _REQUEST_ID.fullmatch(found):
            return found
    return ""
