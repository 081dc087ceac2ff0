"""The session that a provider client calls with: the address guard, enforced where a connection is made."""

import ipaddress
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

from AntiSSRF import AntiSSRFError, AntiSSRFPolicy, PolicyConfigOptions

# The adapter is the library's own enforcement point; it is private because sessions are meant to come from the
# policy, which knows no ports in the Host header and no networks in which plain http is fine.
from AntiSSRF._antissrf_agent import _AntiSSRFAdapter

from .deadline import watch_connections
from .errors import AddressRefused, AddressWrong
from .guard import NetworkPolicy, allow, is_here, resolve


def guard_session(policy: NetworkPolicy, own_ports: frozenset[int] = frozenset(), authority: str = "") -> Any:
    """A requests.Session that reaches only what the policy allows, whatever a name resolves to.

    `own_ports` are those that this hub listens on: on this machine they are never called, under whichever name.
    `authority` are certificates (PEM) that are trusted besides the public ones.

    It reads no proxy, netrc or certificate settings from the environment and keeps no cookies.
    """
    session = PUBLIC.get_antissrf_session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _GuardedAdapter(policy, own_ports, authority)
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


class _GuardedAdapter(_AntiSSRFAdapter):  # type: ignore[misc]  # the library ships no types
    """The library's check at connect time, and ours: metadata never, plain http only where the operator opened."""

    def __init__(self, network: NetworkPolicy, own_ports: frozenset[int], authority: str) -> None:
        super().__init__(_policy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST, network), max_retries=0)
        self._network = network
        self._own_ports = own_ports
        self._authority = authority
        watch_connections(self.poolmanager)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        is_encrypted = parts.scheme == "https"
        port = parts.port or (443 if is_encrypted else 80)
        checked: Any = _for_listed(self._network) if self._network.lists(host, port) else super()
        try:
            where, pool = checked.build_connection_pool_key_attributes(request, verify, cert)
        except AntiSSRFError:
            # The library judges all addresses together; ours says which rule broke.
            resolve(host, port, self._network, is_encrypted=is_encrypted)
            raise AddressRefused(host, "private") from None
        except (OSError, UnicodeError):
            raise AddressWrong(host, "unknown_host") from None
        address = ipaddress.ip_address(where["host"])
        allow(host, port, address, self._network, is_encrypted=is_encrypted)
        if port in self._own_ports and is_here(address):
            raise AddressRefused(host, "own")
        if self._authority and is_encrypted:
            pool["ca_cert_data"] = self._authority
        # The library sets the name only; a vendor that builds links from this header needs the port too.
        request.headers["Host"] = parts.netloc.rpartition("@")[2]
        return where, pool


@lru_cache(maxsize=16)  # the library reads its lists of networks each time, which takes longer than a call
def _policy(kind: PolicyConfigOptions, network: NetworkPolicy) -> AntiSSRFPolicy:
    policy = AntiSSRFPolicy(kind)
    policy.add_xff_header = False  # it would tell vendors of a proxy that is not there
    policy.allow_plain_text_http = True  # judged by allow(), network by network
    if network.allowed_networks:
        policy.add_allowed_addresses([str(item) for item in network.allowed_networks])
    return policy


@lru_cache(maxsize=16)
def _for_listed(network: NetworkPolicy) -> _AntiSSRFAdapter:
    """Only asked for its judgement: it never calls anybody."""
    return _AntiSSRFAdapter(_policy(PolicyConfigOptions.NONE, network))


PUBLIC = _policy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST, NetworkPolicy())
