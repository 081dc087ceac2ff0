"""The address guard: what it opens, what never opens, and what a form says about an address."""

import ipaddress
import socket

import pytest

from tests.integrations.conftest import LOOPBACK, MakeClient
from tests.integrations.vendor import Reply, Vendor
from webapp.integrations.kit.errors import AddressRefused, AddressWrong
from webapp.integrations.kit.guard import (
    NetworkPolicy,
    allow,
    check_url,
    embedded,
    is_here,
    is_metadata,
    is_public,
    resolve,
    tidy_url,
)
from webapp.integrations.kit.manifest import EndpointHost

CLOSED = NetworkPolicy()
WIDE_OPEN = NetworkPolicy(allowed_networks=tuple(map(ipaddress.ip_network, ("0.0.0.0/0", "::/0"))))

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]
METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "fe80::1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "::",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"]


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(make_client: MakeClient, address: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        make_client(f"https://{bracketed(address)}", policy=CLOSED).get("/")
    assert refused.value.kind == "private"
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("policy", [CLOSED, WIDE_OPEN, NetworkPolicy(allowed_hosts=frozenset(METADATA))])
@pytest.mark.parametrize("address", METADATA)
def test_a_metadata_address_is_refused_whatever_is_open(
    make_client: MakeClient, address: str, policy: NetworkPolicy
) -> None:
    with pytest.raises(AddressRefused) as refused:
        make_client(f"https://{bracketed(address)}", policy=policy).get("/")
    assert refused.value.kind == "metadata"
    assert is_metadata(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    assert not is_metadata(ipaddress.ip_address(address))


def resolving_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Makes names resolve to these lists of addresses, one list a look-up, the last one for ever."""
    asked: list[str] = []
    left = list(answers)

    def getaddrinfo(host: str, port: object, *rest: object, **more: object) -> list[object]:
        asked.append(host)
        # Connecting to an address looks it up, too, and that must not use up an answer.
        addresses = [host] if host[0].isdigit() else left.pop(0) if len(left) > 1 else left[0]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, int(port or 0)),  # type: ignore[call-overload]
            )
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    ("addresses", "kind"),
    [
        (["127.0.0.1"], "private"),
        (["93.184.216.34", "10.0.0.1"], "private"),  # one bad address spoils the name
        (["169.254.169.254"], "metadata"),
        (["::ffff:127.0.0.1"], "private"),
    ],
)
def test_a_name_is_judged_by_what_it_resolves_to(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, addresses: list[str], kind: str
) -> None:
    resolving_to(monkeypatch, addresses)
    with pytest.raises(AddressRefused) as refused:
        make_client("https://pms.example.com", policy=CLOSED).get("/")
    assert refused.value.kind == kind


def test_a_name_is_looked_up_anew_for_every_call(
    vendor: Vendor, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that turns private after it was saved (DNS rebinding) is refused when it is used."""
    resolving_to(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    client = make_client(f"http://pms.example.com:{vendor.port}")
    client.get("/first")
    with pytest.raises(AddressRefused):
        client.get("/second")
    assert vendor.paths == ["/first"]


def test_a_redirect_is_judged_again(
    vendor: Vendor, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving_to(monkeypatch, ["127.0.0.1"], ["192.168.0.1"])
    vendor.answers(Reply(status=302, headers={"Location": "/again"}))
    with pytest.raises(AddressRefused):
        make_client(f"http://pms.example.com:{vendor.port}").get("/x")
    assert vendor.paths == ["/x"]


def test_a_name_that_does_not_exist_is_told(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(AddressWrong) as wrong:
        make_client("https://pms.example.com", policy=CLOSED).get("/")
    assert wrong.value.kind == "unknown_host"
    assert wrong.value.params == {"host": "pms.example.com"}


def test_an_opened_network_takes_plain_http(vendor: Vendor, make_client: MakeClient) -> None:
    assert make_client(vendor.url, policy=LOOPBACK).get("/").status == 200


def test_the_hubs_own_port_stays_closed_in_an_opened_network(
    vendor: Vendor, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = frozenset({vendor.port})
    resolving_to(monkeypatch, ["127.0.0.1"])
    for url in (vendor.url, f"http://pms.example.com:{vendor.port}"):
        with pytest.raises(AddressRefused) as refused:
            make_client(url, policy=LOOPBACK, own_ports=own).get("/")
        assert (refused.value.kind, "the hub itself answers there" in refused.value.message) == ("own", True)
    assert vendor.paths == []
    assert make_client(vendor.url, policy=LOOPBACK, own_ports=frozenset({1})).get("/").status == 200


def test_an_opened_network_opens_nothing_else(make_client: MakeClient) -> None:
    for address in ("127.0.0.2", "10.0.0.1"):
        with pytest.raises(AddressRefused):
            make_client(f"http://{address}", policy=LOOPBACK).get("/")


def test_plain_http_to_a_public_address_is_refused(make_client: MakeClient) -> None:
    for policy in (CLOSED, LOOPBACK):
        with pytest.raises(AddressRefused) as refused:
            make_client("http://93.184.216.34", policy=policy).get("/")
        assert refused.value.kind == "plain_http"


@pytest.mark.parametrize("with_port", [False, True])
def test_a_listed_host_is_open(
    vendor: Vendor, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, with_port: bool
) -> None:
    resolving_to(monkeypatch, ["127.0.0.1"])
    host = f"pms.lan:{vendor.port}" if with_port else "pms.lan"
    policy = NetworkPolicy(allowed_hosts=frozenset({host}))
    assert make_client(f"http://pms.lan:{vendor.port}", policy=policy).get("/").status == 200
    assert vendor.asked[0].headers["host"] == f"pms.lan:{vendor.port}"


@pytest.mark.parametrize(
    ("listed", "host", "port", "is_open"),
    [
        ("pms.lan", "pms.lan", 80, True),
        ("pms.lan", "PMS.lan.", 80, True),
        ("pms.lan:8443", "pms.lan", 8443, True),
        ("pms.lan:8443", "pms.lan", 80, False),
        ("pms.lan", "lan", 80, False),
    ],
)
def test_a_host_is_listed_with_every_port_or_with_one(
    listed: str, host: str, port: int, is_open: bool
) -> None:
    policy = NetworkPolicy(allowed_hosts=frozenset({listed}))
    address = ipaddress.ip_address("10.0.0.1")
    if is_open:
        allow(host, port, address, policy, is_encrypted=False)
        return
    with pytest.raises(AddressRefused):
        allow(host, port, address, policy, is_encrypted=True)


def test_a_name_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(AddressWrong) as wrong:
        resolve("pms.example.com", 443, CLOSED)
    assert (wrong.value.kind, wrong.value.params) == ("unknown_host", {"host": "pms.example.com"})


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2002:a00:1::", "10.0.0.1"),
        ("64:ff9b::a00:1", "10.0.0.1"),
        ("64:ff9c::a00:1", "64:ff9c::a00:1"),
        ("2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_an_address_is_judged_by_the_one_inside_it(address: str, inner: str) -> None:
    assert embedded(ipaddress.ip_address(address)) == ipaddress.ip_address(inner)


VENDOR = (EndpointHost("Europe", "https://api.vendor.example/v1"),)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://api.example.com/v2", []),
        ("https://api.example.com:8443", []),
        ("http://api.example.com/v2", ["scheme"]),
        ("ftp://api.example.com/v2", ["scheme"]),
        ("api.example.com", ["scheme", "host"]),
        ("https://", ["host"]),
        ("https://localhost/v2", ["host"]),
        ("https://127.0.0.1/v2", ["host"]),
        ("https://127.1/v2", ["host"]),
        ("https://0x7f000001/v2", ["host"]),
        ("https://2130706433/v2", ["host"]),
        ("https://[::1]/v2", ["host"]),
        ("https://[::ffff:10.0.0.1]/v2", ["host"]),
        ("https://169.254.169.254/latest", ["host"]),
        ("https://ada:pw@api.example.com/v2", ["userinfo"]),
        ("https://api.example.com:0/v2", ["port"]),
        ("https://api.example.com:99999/v2", ["port"]),
        ("https://api.example.com:port/v2", ["port"]),
        ("https://app.example.com/login", ["path"]),
        ("https://api.example.com/v2/../admin", ["path"]),
        ("https://api.example.com/v2?key=1", ["query"]),
        ("https://app.example.com/#/rooms", ["fragment"]),
        (
            "http://ada@127.0.0.1:0/dashboard?x=1#y",
            ["userinfo", "scheme", "host", "port", "path", "query", "fragment"],
        ),
    ],
)
def test_a_form_marks_each_bad_part(url: str, parts: list[str]) -> None:
    found = check_url(url, CLOSED)
    assert [problem.part for problem in found] == parts
    for problem in found:
        assert problem.message % problem.params
        assert problem.text == url or problem.text in url


def test_a_form_takes_what_the_operator_opened() -> None:
    assert check_url("http://127.0.0.1:8080/v2", LOOPBACK) == ()
    assert check_url("http://pms.lan/v2", NetworkPolicy(allowed_hosts=frozenset({"pms.lan"}))) == ()
    assert [problem.part for problem in check_url("http://169.254.169.254/", WIDE_OPEN)] == ["host"]


def test_a_vendors_key_goes_to_that_vendor() -> None:
    assert check_url("https://api.vendor.example/v1", CLOSED, VENDOR) == ()
    (problem,) = check_url("https://evil.example/v1", CLOSED, VENDOR)
    assert (problem.part, problem.text) == ("host", "evil.example")
    assert "evil.example is none" in problem.message % problem.params
    listed = NetworkPolicy(allowed_hosts=frozenset({"sandbox.vendor.example"}))
    assert check_url("https://sandbox.vendor.example/v1", listed, VENDOR) == ()
    assert check_url("http://127.0.0.1:8080/v1", LOOPBACK, VENDOR) == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  API.Example.com/V2/ ", "https://api.example.com/V2"),
        ("HTTPS://api.example.com", "https://api.example.com"),
        ("http://127.0.0.1:80//", "http://127.0.0.1:80"),
        ("", ""),
    ],
)
def test_an_address_is_tidied(typed: str, meant: str) -> None:
    assert tidy_url(typed) == meant


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::ffff:127.0.0.1", True),
        ("::1", True),
        ("203.0.113.9", False),
    ],
)
def test_the_hub_knows_its_own_machine(address: str, is_own: bool) -> None:
    assert is_here(ipaddress.ip_address(address)) is is_own
