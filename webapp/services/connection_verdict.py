"""What a connection test comes to: one verdict, whom it reached, and whether that proves a live hotel."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec

from webapp.domain.fault import Actor, Fault
from webapp.domain.value import Value
from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.call_record import CallRecord
from webapp.integrations.kit.contract import Credentials, Property, Rung
from webapp.integrations.kit.guard import NetworkPolicy, is_public
from webapp.integrations.kit.manifest import Manifest
from webapp.runtime import Runtime
from webapp.vault import Secret

from . import outgoing_addresses
from .hotels import current_hotel
from .vendor_letters import VendorLetter, letter_of

CHECK_BROKEN = Fault(
    code="check_broken",
    message=N_("The test itself failed: this is a fault of this program."),
    advice=N_(
        "The details are in the log of this hub. Report it to support with the reference %(reference)s."
    ),
    actor=Actor.US,
)


class VerdictKind(StrEnum):
    PROVEN = "proven"  # everything that was asked for can be read
    PARTLY = "partly"  # usable, with something to look at
    REACHED = "reached"  # the server answers, and nothing more was asked
    FAILED = "failed"


WORDS: Mapping[VerdictKind, tuple[str, str, str]] = {
    VerdictKind.PROVEN: ("ok", N_("Connected to %(account)s."), N_("Everything that is ticked can be read.")),
    VerdictKind.PARTLY: (
        "warn",
        N_("Connected to %(account)s, with something to look at."),
        N_("What passed is usable; the marked steps need a look."),
    ),
    VerdictKind.REACHED: (
        "info",
        N_("The server answers."),
        N_("Whether the credentials are right shows when data are asked for."),
    ),
}
"""Kind -> tone, title, text. A failure is told by its fault."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict under the ladder, in English; pages say it again from `kind`, `params` and the fault."""

    kind: VerdictKind
    tone: str
    title: str
    text: str = ""
    advice: str = ""
    actor: Actor | None = None
    params: Mapping[str, str | Sentence] = field(default_factory=dict)


class Outcome(Value, frozen=True):
    """What a test found. `is_live` says that the host is neither a sandbox nor a stand-in; `letter` is for the vendor."""

    rungs: tuple[Rung, ...]
    verdict: Verdict
    at: datetime
    account: str | None = None
    properties: tuple[Property, ...] = ()
    is_live: bool = False
    letter: VendorLetter | None = None

    @property
    def ok(self) -> bool:
        return self.verdict.kind is not VerdictKind.FAILED

    @property
    def is_proof(self) -> bool:
        """The credentials were used, and they worked."""
        return self.verdict.kind in (VerdictKind.PROVEN, VerdictKind.PARTLY)

    @property
    def fault(self) -> Fault | None:
        """Of the rung where the ladder stopped, else of the first one that broke."""
        broken = [rung for rung in self.rungs if not rung.ok and rung.fault is not None]
        return next((rung.fault for rung in broken if rung.stops), broken[0].fault if broken else None)


class Proof(Value, frozen=True):
    """A passed test of a draft, good for exactly the values that were tested."""

    digest: str
    account: str | None
    at: datetime
    is_live: bool

    @classmethod
    def of(
        cls, outcome: Outcome, provider: str, options: Mapping[str, Any], secrets: Mapping[str, Secret]
    ) -> "Proof":
        return cls(digest_of(provider, options, secrets), outcome.account, outcome.at, outcome.is_live)

    def holds_for(self, provider: str, options: Mapping[str, Any], secrets: Mapping[str, Secret]) -> bool:
        return self.digest == digest_of(provider, options, secrets)


def outcome_of(
    runtime: Runtime,
    manifest: Manifest,
    credentials: Credentials,
    rungs: list[Rung],
    calls: Sequence[CallRecord] = (),
) -> Outcome:
    account = next((rung.account for rung in rungs if rung.ok and rung.account), None)
    found = next((rung.properties for rung in rungs if rung.properties), ())
    is_live = _is_live(manifest, credentials.text("endpoint_url"), rungs, runtime.network)
    verdict = _verdict(manifest, rungs, account)
    now = runtime.clock()
    with runtime.reading() as session:
        hotel, outgoing = current_hotel(session), outgoing_addresses.known(session).best
    letter = letter_of(
        manifest,
        credentials,
        rungs,
        calls,
        at=now,
        hotel=hotel.name if hotel else "our hotel",
        outgoing=outgoing,
    )
    return Outcome(tuple(rungs), verdict, now, account, tuple(found), is_live, letter)


def _verdict(manifest: Manifest, rungs: list[Rung], account: str | None) -> Verdict:
    stopped = next((rung for rung in rungs if not rung.ok and rung.stops), None)
    if stopped is not None or not rungs:
        fault = stopped.fault if stopped is not None and stopped.fault is not None else CHECK_BROKEN
        params = {"reference": "-", **fault.params}
        return Verdict(
            VerdictKind.FAILED,
            "bad",
            fault.message % params,
            advice=fault.advice % params,
            actor=fault.actor,
            params=params,
        )
    if not any(rung.ok and _uses_credentials(rung) for rung in rungs):
        kind = VerdictKind.REACHED
    else:
        kind = VerdictKind.PROVEN if all(rung.ok for rung in rungs) else VerdictKind.PARTLY
    tone, title, text = WORDS[kind]
    params = {"account": account or manifest.label}
    return Verdict(kind, tone, title % params, text, params=params)


def _uses_credentials(rung: Rung) -> bool:
    return rung.name in ("login", "property") or rung.name.startswith("stream:")


def _is_live(manifest: Manifest, url: str, rungs: list[Rung], network: NetworkPolicy) -> bool:
    """False for sandboxes, for what the operator listed or opened, and for addresses inside the house."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if any(urlsplit(item.url).hostname == parts.hostname and item.is_stand_in for item in manifest.endpoints):
        return False
    if network.lists(parts.hostname or "", port):
        return False
    for rung in rungs:
        if rung.name == "name" and rung.ok:
            try:
                address = ip_address(rung.detail)
            except ValueError:
                return False
            return is_public(address) and not network.opens(address)
    return False


def digest_of(provider: str, options: Mapping[str, Any], secrets: Mapping[str, Secret]) -> str:
    parts = [
        provider,
        sorted(options.items()),
        sorted((key, secret.reveal()) for key, secret in secrets.items()),
    ]
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()
