"""The authorization code flow: what the vendor's page is asked, what a code is exchanged with, and how refusals are told."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integrations.conftest import MakeClient
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.integrations.kit.approval import NotApproved, approval_of, exchange, page_url, refusal_of
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.kit.errors import (
    AnswerNotJson,
    ContractBroken,
    NotFound,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)
from webapp.integrations.kit.manifest import OAuthSpec
from webapp.vault import Secret

BACK = "https://hub.example/return"
SPEC = OAuthSpec(
    choice=("way", "app"),
    page_path="approve",
    exchange_path="token",
    scopes=("read:a", "read:b"),
    app_id="app_name",
    app_proof="app_password",
    fills="refresh",
    answer_path="refresh_token",
)


def credentials(url: str) -> Credentials:
    return Credentials(
        {"endpoint_url": url, "way": "app", "app_name": " app-7 "}, {"app_password": Secret("hush-hush ")}
    )


def exchanged(vendor: Vendor, make_client: MakeClient, reply: Reply, code: str = "code-1") -> Secret:
    vendor.answers_by(lambda asked: reply)
    client = make_client(f"{vendor.url}/api", tries=1)
    return exchange(client, SPEC, credentials(f"{vendor.url}/api"), code=code, redirect_uri=BACK)


def test_the_page_is_below_the_endpoint_and_is_told_no_secret() -> None:
    url = page_url(SPEC, credentials("https://vendor.example/api/v1"), redirect_uri=BACK, state="s&t")
    assert url.startswith("https://vendor.example/api/v1/approve?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["app-7"],
        "redirect_uri": [BACK],
        "scope": ["read:a read:b"],
        "state": ["s&t"],
    }


def test_a_code_is_exchanged_by_a_form_sent_once(vendor: Vendor, make_client: MakeClient) -> None:
    secret = exchanged(vendor, make_client, Reply(body={"refresh_token": " next-1 "}))
    assert secret == Secret("next-1")
    (asked,) = vendor.asked
    assert form_of(asked) == {
        "grant_type": "authorization_code",
        "client_id": "app-7",
        "client_secret": "hush-hush",
        "redirect_uri": BACK,
        "code": "code-1",
    }
    assert "hush-hush" not in asked.path


def form_of(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(401, {"error": "invalid_client"}), "client"),
        (Reply(400, {"error": "unauthorized_client"}), "client"),
        (Reply(400, {"error": "invalid_grant"}), "code"),
        (
            Reply(401, {"error": "server_error", "error_description": "Client authentication failed."}),
            "client",
        ),
        (Reply(401, {"error": "server_error", "error_description": "The code is not valid"}), "code"),
        (Reply(400, {"error": "invalid_scope"}), "refused"),
        (Reply(401, b"<html>no</html>"), "refused"),
    ],
)
def test_a_refused_exchange_is_told_apart(
    vendor: Vendor, make_client: MakeClient, reply: Reply, kind: str
) -> None:
    with pytest.raises(NotApproved) as refused:
        exchanged(vendor, make_client, reply)
    assert refused.value.kind == kind
    assert "hush" not in f"{refused.value!r} {refused.value.fault}"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(404, {"message": "nothing here"}), NotFound),
        (Reply(503, {}), ProviderUnavailable),
        (Reply(429, {}), RateLimited),
        (Reply(200, {"access_token": "only"}), ContractBroken),
        (Reply(200, {"refresh_token": ""}), ContractBroken),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), AnswerNotJson),
    ],
)
def test_other_trouble_is_what_it_always_is(
    vendor: Vendor, make_client: MakeClient, reply: Reply, error: type[ProviderError]
) -> None:
    with pytest.raises(error):
        exchanged(vendor, make_client, reply)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("code", ["", "x" * 2001])
def test_what_is_no_code_is_not_sent(vendor: Vendor, make_client: MakeClient, code: str) -> None:
    with pytest.raises(NotApproved):
        exchanged(vendor, make_client, Reply(body={}), code)
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [("access_denied", "denied"), ("invalid_scope", "refused"), ("unauthorized_client", "client")],
)
def test_what_the_page_sends_back_instead_of_a_code(error: str, kind: str) -> None:
    assert refusal_of(error).kind == kind


def test_an_app_that_is_not_known_is_told_with_the_word_for_it() -> None:
    assert refusal_of("unauthorized_client").detail == "unauthorized_client"


def test_a_word_that_is_not_of_the_standard_is_not_repeated() -> None:
    assert "script" not in str(refusal_of("<script>").params)


@pytest.mark.parametrize(("options", "found"), [({"way": "app"}, SPEC), ({"way": "key"}, None), ({}, None)])
def test_an_approval_belongs_to_its_way_in(options: dict[str, Any], found: OAuthSpec | None) -> None:
    assert approval_of((SPEC,), options) is found
