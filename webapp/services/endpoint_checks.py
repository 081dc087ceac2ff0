"""What an endpoint may be: its address, judged by the guard, the events it asks for, and its description."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from webapp.domain.outgoing import CHOICES
from webapp.domain.wording import N_
from webapp.integrations.kit.errors import AddressRefused, ProviderError
from webapp.integrations.kit.guard import check_url, is_here, resolve
from webapp.integrations.kit.posting import is_allowed_port
from webapp.runtime import Runtime

from . import listeners

NOT_ALLOWED = N_(
    "This address is not allowed. Use a public https address; for a server inside your own network, the operator "
    "lists it in WEBHOOK_ALLOWED_NETWORKS."
)
"""The same for every address that is refused: what lies behind one is nobody's business."""


class EndpointInvalid(Exception):
    """What is wrong with one field; `message` is a sentence to translate, `parameters` fill it."""

    def __init__(self, field: str, message: str, **parameters: object) -> None:
        super().__init__(message % parameters)
        self.field, self.message, self.parameters = field, message, parameters


def checked_url(runtime: Runtime, url: str) -> str:
    """The address as it is kept. Looks its name up, so never call it in a transaction. Raises EndpointInvalid (url)."""
    text = url.strip()
    try:
        parts = urlsplit(text) if len(text) <= 500 else None
        port = parts.port if parts else None
    except ValueError:  # a broken bracket, a port that is no number
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise EndpointInvalid("url", N_("Enter an address like https://example.com/hooks."))
    if "@" in parts.netloc or parts.fragment:
        raise EndpointInvalid("url", N_("Leave out user name, password and what follows a #."))
    if not _is_allowed(runtime, text, parts.hostname, port, is_encrypted=parts.scheme == "https"):
        raise EndpointInvalid("url", NOT_ALLOWED)
    return text


def host_of(url: str) -> str:
    """What log lines say of an address: paths may hold a receiver's own secret."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _is_allowed(runtime: Runtime, url: str, host: str, port: int | None, *, is_encrypted: bool) -> bool:
    policy = runtime.outgoing_network
    if not is_allowed_port(port) or _is_us(runtime, url):
        return False
    plain = url.partition("?")[0].partition("#")[0]
    if any(problem.part in ("host", "scheme") for problem in check_url(plain, policy)):
        return False
    try:
        number = port or (443 if is_encrypted else 80)
        found = resolve(host, number, policy, is_encrypted=is_encrypted)
    except AddressRefused:
        return False
    except ProviderError:
        return True  # a name that does not resolve today is told at the first try
    return number not in listeners.own_ports(runtime) or not any(map(is_here, found))


def _is_us(runtime: Runtime, url: str) -> bool:
    ours = runtime.settings.public_base_url
    return ours is not None and host_of(ours).lower() == host_of(url).lower()


def checked_events(events: Sequence[str]) -> tuple[str, ...]:
    known = {kind.value for kind in CHOICES}
    wrong = [name for name in events if name not in known]
    if wrong:
        raise EndpointInvalid("events", N_("There is no event “%(name)s”."), name=wrong[0][:60])
    if not events:
        raise EndpointInvalid("events", N_("Choose at least one event."))
    return tuple(kind.value for kind in CHOICES if kind.value in events)


def checked_description(text: str) -> str:
    tidy = " ".join(text.split())
    if len(tidy) > 120:
        raise EndpointInvalid("description", N_("A description has 120 characters at most."))
    return tidy
