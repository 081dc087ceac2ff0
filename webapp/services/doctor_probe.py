"""Theirs or ours: knocks at the provider's server and at an independent target, with no credentials and no token spent."""

import contextlib
from enum import StrEnum
from ipaddress import ip_address

from webapp.domain.value import Value
from webapp.integrations.kit.contract import Rung
from webapp.integrations.kit.errors import ProviderError
from webapp.integrations.kit.http import ProviderClient, Timeouts
from webapp.integrations.kit.reach import reach
from webapp.runtime import Runtime

from . import listeners, outgoing_addresses
from .connection_views import row_of

LONGEST_ADDRESS = 45


class Blame(StrEnum):
    NOBODY = "nobody"  # both answer
    THEIRS = "theirs"  # only the independent target answers
    OURS = "ours"  # neither answers
    UNKNOWN = "unknown"  # the provider does not answer, and there is no second target


class Probe(Value, frozen=True):
    """`rungs` are those of the provider's server; `has_target` whether there is a second one; `seen` is our address as
    that one saw it, empty when it did not say."""

    blame: Blame
    rungs: tuple[Rung, ...]
    has_target: bool
    seen: str = ""


def probe(runtime: Runtime, public_id: str) -> Probe:
    """Raises NoSuchConnection; never for what a server does."""
    with runtime.reading() as session:
        row = row_of(session, public_id)
    url = str(row.options.get("endpoint_url") or "")
    with contextlib.closing(_client(runtime, url)) as client:
        rungs = tuple(reach(client))
    is_reached = all(rung.ok or not rung.stops for rung in rungs)
    target = runtime.settings.probe_url
    if target is None:
        return Probe(Blame.NOBODY if is_reached else Blame.UNKNOWN, rungs, has_target=False)
    answers, seen = _ask(runtime, target)
    if seen:
        outgoing_addresses.learn(runtime, seen)
    not_reached = Blame.THEIRS if answers else Blame.OURS
    return Probe(Blame.NOBODY if is_reached else not_reached, rungs, has_target=True, seen=seen)


def _ask(runtime: Runtime, target: str) -> tuple[bool, str]:
    """Whether the independent target answers, and as whom it saw us."""
    with contextlib.closing(_client(runtime, target)) as client:
        try:
            text = client.get("").body[: LONGEST_ADDRESS + 1].decode("ascii", "replace").strip()
        except ProviderError as error:
            return error.code not in ("address_wrong", "provider_unavailable", "provider_hung"), ""
    try:
        return True, str(ip_address(text))
    except ValueError:
        return True, ""


def _client(runtime: Runtime, url: str) -> ProviderClient:
    return ProviderClient(
        url,
        runtime.network,
        own_ports=listeners.own_ports(runtime),
        clock=runtime.clock,
        timeouts=Timeouts.of_a_check(),
        tries=1,
    )
