"""The address guard: which addresses a provider client may reach, judged on the resolved address at connect time."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from .errors import N_, AddressRefused, AddressWrong

if TYPE_CHECKING:
    from .manifest import EndpointHost

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

METADATA: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",  # link-local: AWS, Azure, Google, Oracle, and containers on ECS and EKS
        "fe80::/10",
        "168.63.129.16/32",  # Azure's wire server
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle, first generation
        "fd00:ec2::/32",  # AWS over IPv6
        "fd20:ce::254/128",  # Google over IPv6
        "fd00:42::42/128",  # Scaleway
        "0.0.0.0/32",
        "::/128",
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What the operator opened: networks (plain http inside them too) and hosts. Metadata addresses never open."""

    allowed_networks: tuple[Network, ...] = ()
    allowed_hosts: frozenset[str] = frozenset()

    def opens(self, address: Address) -> bool:
        """Whether the address lies in a network that the operator opened."""
        plain = embedded(address)
        return any(
            plain in network or address in network
            for network in self.allowed_networks
            if not is_metadata(address)
        )

    def lists(self, host: str, port: int | None = None) -> bool:
        """Whether the operator listed this host, as `pms.lan` or `pms.lan:8443`."""
        name = host.lower().rstrip(".")
        return name in self.allowed_hosts or (port is not None and f"{name}:{port}" in self.allowed_hosts)


def embedded(address: Address) -> Address:
    """The IPv4 address inside a mapped, 6to4 or NAT64 one; else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner
    return address


def is_metadata(address: Address) -> bool:
    plain = embedded(address)
    return any(plain in network or address in network for network in METADATA)


def is_here(address: Address) -> bool:
    """Whether this machine itself answers there, on its loopback or under an address of one of its network cards."""
    plain = embedded(address)
    if plain.is_loopback:
        return True
    family = socket.AF_INET if plain.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(plain), 0))  # only an own address can be bound; nothing is sent
    except OSError:
        return False
    return True


def is_public(address: Address) -> bool:
    """By the library's list, which knows more reserved ranges than `ipaddress` does."""
    from .guarded_session import PUBLIC  # with the whole HTTP library, which a hub at rest does without

    return bool(PUBLIC._is_network_connection_allowed([str(address)]))


def resolve(host: str, port: int, policy: NetworkPolicy, *, is_encrypted: bool = True) -> tuple[Address, ...]:
    """All addresses of a host, each allowed. Raises AddressWrong (no such name) or AddressRefused."""
    try:
        found = socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressWrong(host, "unknown_host") from None
    addresses = tuple(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in found))
    for address in addresses:
        allow(host, port, address, policy, is_encrypted=is_encrypted)
    return addresses


def allow(host: str, port: int, address: Address, policy: NetworkPolicy, *, is_encrypted: bool) -> None:
    """Raises AddressRefused unless this address may be called under this name."""
    if is_metadata(address):
        raise AddressRefused(host, "metadata")
    is_open = policy.lists(host, port) or policy.opens(address)
    if not is_open and not is_public(address):
        raise AddressRefused(host, "private")
    if not is_open and not is_encrypted:
        raise AddressRefused(host, "plain_http")


# --- addresses in forms ---------------------------------------------------------------------------------------------

UrlPart = Literal["scheme", "userinfo", "host", "port", "path", "query", "fragment"]

_DASHBOARD = frozenset(
    {"login", "signin", "sign-in", "dashboard", "admin", "app", "home", "index.html", "index.php"}
)


@dataclass(frozen=True, slots=True)
class UrlProblem:
    """One bad part of a typed address: `text` is that part as typed, to be marked; `message` is a gettext id."""

    part: UrlPart
    text: str
    message: str
    params: dict[str, str] = field(default_factory=dict)


def tidy_url(url: str) -> str:
    """What the admin meant: no blanks around, https in front, the host in small letters, no slash at the end."""
    text = url.strip()
    if text and "://" not in text:
        text = "https://" + text
    scheme, separator, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{separator}{host.lower()}{slash}{path}".rstrip("/")


def check_url(
    url: str, policy: NetworkPolicy, endpoints: "Sequence[EndpointHost]" = (), domains: Sequence[str] = ()
) -> tuple[UrlProblem, ...]:
    """What is wrong with an endpoint URL, part by part; empty when it may be saved. Looks nothing up.

    `endpoints` and `domains` are the manifest's: a vendor's key goes to that vendor's hosts, or to one the operator listed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return (UrlProblem("port", url, N_("This is not an address: https://api.example.com/v1 is one.")),)
    problems = []
    if parts.scheme not in {"http", "https"}:
        problems.append(
            UrlProblem("scheme", parts.scheme or url, N_("The address must begin with https://."))
        )
    if not parts.hostname:
        return (*problems, UrlProblem("host", parts.netloc or url, N_("The name of the server is missing.")))
    if "@" in parts.netloc:
        userinfo = parts.netloc.rpartition("@")[0]
        problems.append(
            UrlProblem("userinfo", userinfo, N_("Put user name and password into their own fields."))
        )
    problems += _host_problems(parts.scheme, parts.hostname, port, policy, endpoints, domains=domains)
    if port == 0:
        problems.append(UrlProblem("port", "0", N_("Port 0 does not exist.")))
    words = {word.lower() for word in parts.path.split("/")}
    if words & _DASHBOARD:
        problems.append(
            UrlProblem(
                "path", parts.path, N_("This looks like the address of the dashboard, not of the API.")
            )
        )
    elif ".." in words or any(character.isspace() for character in parts.path):
        problems.append(
            UrlProblem("path", parts.path, N_("The path holds blanks or dots that lead elsewhere."))
        )
    if parts.query:
        problems.append(
            UrlProblem("query", parts.query, N_("Leave out everything from the question mark on."))
        )
    if parts.fragment:
        problems.append(UrlProblem("fragment", parts.fragment, N_("Leave out everything from the # on.")))
    return tuple(problems)


def _host_problems(
    scheme: str,
    host: str,
    port: int | None,
    policy: NetworkPolicy,
    endpoints: "Sequence[EndpointHost]",
    *,
    domains: Sequence[str],
) -> list[UrlProblem]:
    if policy.lists(host, port):
        return []
    address = literal(host)
    if address is not None and is_metadata(address):
        return [UrlProblem("host", host, AddressRefused.KINDS["metadata"], {"host": host})]
    problems = []
    is_open = address is not None and policy.opens(address)
    # A name may resolve into an open network: that is judged at connect time.
    may_be_plain = is_open or (address is None and bool(policy.allowed_networks))
    if scheme == "http" and not may_be_plain:
        problems.append(UrlProblem("scheme", "http", N_("The address must begin with https://.")))
    if address is not None and not is_open and not is_public(address):
        problems.append(UrlProblem("host", host, AddressRefused.KINDS["private"], {"host": host}))
    elif (
        address is None
        and ("." not in host.rstrip(".") or not host.isascii())
        and not policy.allowed_networks
    ):
        problems.append(UrlProblem("host", host, N_("%(host)s is not a full server name."), {"host": host}))
    known = {urlsplit(endpoint.url).hostname for endpoint in endpoints}
    is_known = host in known or any(host.rstrip(".").endswith(f".{domain}") for domain in domains)
    if (known or domains) and not is_known and not is_open:
        message = N_(
            "%(host)s is none of this provider's servers. The operator may list it in ALLOWED_ENDPOINT_HOSTS."
        )
        problems.append(UrlProblem("host", host, message, {"host": host}))
    return problems


def literal(host: str) -> Address | None:
    """The address a host spells, in any spelling the system's resolver takes (`127.1`, `0x7f000001`); None for names."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
