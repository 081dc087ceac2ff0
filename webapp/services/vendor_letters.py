"""The ready letter to a vendor's support: what failed and the evidence for it, without secrets and without guest data."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from webapp.domain.value import Value
from webapp.integrations.kit.call_record import CallRecord
from webapp.integrations.kit.contract import Credentials, Rung
from webapp.integrations.kit.manifest import Manifest

LAST_CALLS = 12
SHORTEST_SECRET = 4  # shorter ones would blot out innocent letters

# What the vendor can do nothing about.
_OURS = frozenset(
    {
        "address_refused",
        "recipe_wrong",
        "check_broken",
        "key_missing",
        "clock_off",
        "clock_wrong",
        "quota_used",
        "cancelled",
        "webhooks_missing",
    }
)
# In the language that a vendor's support reads: these sentences are not translated.
_ASKED: Mapping[str, str] = {
    "credentials_rejected": "Please tell us whether this key is active, made for this property, and not bound to "
    "another network address than the one above.",
    "permission_missing": "Please tell us which permission (scope) this key lacks for the call below, and whether "
    "calls from our address are let in.",
    "property_unknown": "Please tell us the property id that belongs to our key.",
    "address_wrong": "Please tell us the API address (base URL) for this property.",
    "not_found": "Please tell us the API address (base URL) for this property, and whether this call has moved.",
    "answer_not_json": "Please tell us why a web page comes where the API should answer, and whether this is the "
    "API's address.",
    "certificate_expired": "Please renew the certificate of this server.",
    "certificate_ends": "Please renew the certificate of this server before it ends.",
    "certificate_wrong_host": "Please tell us the server name that this certificate is made for.",
    "certificate_rejected": "Please send the certificates of the whole chain, from an authority that is publicly "
    "trusted.",
    "provider_unavailable": "Please tell us whether there is an outage, since when, and whether our address is let in "
    "by your allow list.",
    "rate_limited": "Please tell us the limit that holds for our key, and whether it can be raised.",
}
_ASKED_ELSE = "Please look at these calls in your logs and tell us why they fail."


class VendorLetter(Value, frozen=True):
    """English, ready to send."""

    subject: str
    body: str


def letter_of(
    manifest: Manifest,
    credentials: Credentials,
    rungs: Sequence[Rung],
    calls: Sequence[CallRecord],
    *,
    at: datetime,
    hotel: str,
    outgoing: str,
) -> VendorLetter | None:
    """None when nothing broke, and for what is not the vendor's to mend. `outgoing` is empty when it is not known."""
    broken = [rung for rung in rungs if not rung.ok and rung.fault is not None]
    rung = next((one for one in broken if one.stops), broken[0] if broken else None)
    if rung is None or rung.fault is None or rung.fault.code in _OURS:
        return None
    vendor = manifest.label
    lines = [
        f"Dear {vendor} support,",
        "",
        f"we read the data of {hotel}{_property(credentials)} through your API. A connection test at "
        f"{_utc(at)} stopped at “{rung.label}” ({rung.fault.code}):",
        rung.fault.message % rung.fault.params,
        "",
        _ASKED.get(rung.fault.code, _ASKED_ELSE),
        "",
        "Evidence (all times are UTC)",
        f"Endpoint: {_endpoint(credentials)}",
        f"Resolved to: {_resolved(rungs) or 'nothing'}",
        f"Our calls come from: {outgoing or 'not known to us'}",
        "Steps: " + "; ".join(_step(one) for one in rungs),
        *_calls(calls),
        "",
        "This message holds no credentials and no guest data.",
    ]
    text = _without(credentials, "\n".join(lines))
    return VendorLetter(f"{hotel}: calls to {vendor} fail at “{rung.label}” ({rung.fault.code})", text)


def _property(credentials: Credentials) -> str:
    identity = credentials.text("property_id")
    return f" (property {identity})" if identity else ""


def _endpoint(credentials: Credentials) -> str:
    """Without what does not belong into an address."""
    try:
        parts = urlsplit(credentials.text("endpoint_url"))
    except ValueError:
        return "not an address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _resolved(rungs: Sequence[Rung]) -> str:
    return next((rung.detail for rung in rungs if rung.name == "name" and rung.ok), "")


def _step(rung: Rung) -> str:
    if not rung.is_known:
        return f"{rung.label}: not known"
    ended = "passed" if rung.ok else f"failed ({rung.fault.code if rung.fault else 'no answer'})"
    return f"{rung.label}: {ended} in {rung.ms} ms"


def _calls(calls: Sequence[CallRecord]) -> list[str]:
    if not calls:
        return ["Calls: none was made."]
    lines = ["Calls:"]
    for call in calls[-LAST_CALLS:]:
        ended = str(call.status) if call.status is not None else call.fault_code or "no answer"
        number = f", request id {call.request_id}" if call.request_id else ""
        lines.append(f"- {_utc(call.at)} {call.method} {call.path} -> {ended} in {call.ms} ms{number}")
    return lines


def _without(credentials: Credentials, text: str) -> str:
    """A vendor that puts a key into a path or a request id must not make us mail it around."""
    for secret in credentials.secrets.values():
        value = secret.reveal()
        if len(value) >= SHORTEST_SECRET:
            text = text.replace(value, "••••")
    return text


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
