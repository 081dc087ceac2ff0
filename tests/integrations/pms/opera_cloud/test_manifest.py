"""Which gateways may be entered, and what the form asks for each kind of sign-in."""

import ipaddress

import pytest

from webapp.integrations.kit.guard import NetworkPolicy
from webapp.integrations.pms.opera_cloud.manifest import MANIFEST
from webapp.services.connection_entry import problems_of, tidied

SECRETS = {"api_key", "api_secret", "user_password"}
FORM = {"client_id": "ENT1_Client", "enterprise_id": "ENT1", "property_id": "HTL1"}
CLOSED = NetworkPolicy()
DEMO = NetworkPolicy(allowed_networks=(ipaddress.ip_network("127.0.0.1/32"),))
LISTED = NetworkPolicy(allowed_hosts=frozenset({"ohip.hotel.example"}))


def wrong(url: str, network: NetworkPolicy = CLOSED, **more: str) -> set[str]:
    options = tidied(MANIFEST, {**FORM, "endpoint_url": url, **more})
    return {problem.field for problem in problems_of(MANIFEST, options, SECRETS, network)}


@pytest.mark.parametrize(
    "url",
    [
        "https://tenant.hospitality-api.eu-frankfurt-1.ocs.oraclecloud.com",
        "https://tenantua.hospitality-api.us-ashburn-1.ocs.oc-test.com",
        "tenant.hospitality-api.eu-frankfurt-1.ocs.oraclecloud.com",
    ],
)
def test_a_gateway_of_oracle_is_taken(url: str) -> None:
    assert wrong(url) == set()


@pytest.mark.parametrize(
    "url",
    [
        "http://tenant.hospitality-api.eu-frankfurt-1.ocs.oraclecloud.com",
        "https://ocs.oraclecloud.com.evil.example",
        "https://evilocs.oraclecloud.com",
        "https://ohip.hotel.example",
        "https://127.0.0.1",
        "https://user:word@tenant.ocs.oraclecloud.com",
    ],
)
def test_any_other_host_is_not(url: str) -> None:
    assert wrong(url) == {"endpoint_url"}


def test_the_operator_may_list_another_and_the_demo_opens_loopback() -> None:
    assert wrong("https://ohip.hotel.example", LISTED) == set()
    assert wrong("http://127.0.0.1:8123/opera_cloud", DEMO) == set()


def test_each_kind_of_sign_in_asks_for_its_own() -> None:
    url = "https://t.ocs.oraclecloud.com"
    assert wrong(url, enterprise_id="") == {"enterprise_id"}
    assert wrong(url, auth_kind="ssd", enterprise_id="") == {"username"}
    assert wrong(url, auth_kind="ssd", enterprise_id="", username="WS_USER") == set()
    assert wrong(url, enterprise_id="lower") == {"enterprise_id"}
    assert wrong(url, external_system="a b") == {"external_system"}


def test_the_scope_is_filled_in_with_both_underscores() -> None:
    assert tidied(MANIFEST, FORM)["scope"] == "urn:opc:hgbu:ws:__myscopes__"
