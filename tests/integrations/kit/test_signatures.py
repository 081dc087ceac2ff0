"""Signatures: good ones pass, and whatever else arrives is refused, never an error of another kind."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.integrations.kit.errors import SignatureRejected
from webapp.integrations.kit.signatures import (
    STANDARD_WEBHOOKS,
    SVIX,
    HmacScheme,
    verify_basic,
    verify_hmac,
    verify_secret_header,
)
from webapp.vault import Secret

NOW = datetime(2026, 7, 14, 10, 30, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
KEY = Secret("whsec")
BODY = '{"id": 1, "guest": "Zoë"}'.encode()

RAW = HmacScheme("X-Signature", prefix="sha256=")
TIMED = HmacScheme("X-Signature", signed="timestamp", timestamp_header="X-Time")
STANDARD = HmacScheme(
    "Webhook-Signature",
    encoding="base64",
    prefix="v1,",
    signed="id_timestamp",
    timestamp_header="Webhook-Timestamp",
    id_header="Webhook-Id",
)
LEGACY = HmacScheme("X-Signature", algorithm="sha1")


def signed(content: bytes, algorithm: str = "sha256", key: bytes = b"whsec") -> bytes:
    return hmac.new(key, content, getattr(hashlib, algorithm)).digest()


def good(scheme: HmacScheme) -> dict[str, str]:
    """The headers of a genuine call."""
    content = {
        "raw": BODY,
        "timestamp": STAMP.encode() + b"." + BODY,
        "id_timestamp": b"msg_1." + STAMP.encode() + b"." + BODY,
    }[scheme.signed]
    digest = signed(content, scheme.algorithm)
    text = digest.hex() if scheme.encoding == "hex" else base64.b64encode(digest).decode()
    headers = {scheme.header: scheme.prefix + text}
    if scheme.timestamp_header:
        headers[scheme.timestamp_header] = STAMP
    if scheme.id_header:
        headers[scheme.id_header] = "msg_1"
    return headers


def is_taken(
    scheme: HmacScheme,
    headers: dict[str, str],
    *secrets: Secret,
    body: bytes = BODY,
) -> bool:
    """Whether the call is genuine by one of the secrets; `KEY` where none is named."""
    try:
        verify_hmac(scheme, headers, body, secrets or [KEY], NOW)
    except SignatureRejected:
        return False
    return True


SCHEMES = {"raw": RAW, "timed": TIMED, "standard": STANDARD, "legacy": LEGACY}


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_a_genuine_call_passes(scheme: HmacScheme) -> None:
    assert is_taken(scheme, good(scheme))


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_header_names_have_no_case(scheme: HmacScheme) -> None:
    assert is_taken(scheme, {name.upper(): value for name, value in good(scheme).items()})


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("another body", {"body": BODY + b" "}),
        ("another secret", {"secrets": [Secret("other")]}),
        ("no secret", {"secrets": []}),
        ("an empty secret", {"secrets": [Secret("")]}),
    ],
)
def test_a_forged_call_is_refused(scheme: HmacScheme, name: str, change: dict[str, Any]) -> None:
    given_ = {"headers": good(scheme), "body": BODY, "secrets": [KEY], "now": NOW, **change}
    with pytest.raises(SignatureRejected):
        verify_hmac(scheme, **given_)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "sha256=",
        "v1,",
        "zz",
        "sha256=zz",
        "v1,!!",
        "§",
        "sha256=ÿ",
        "\x00",
        "a" * 5000,
        "==",
        "v1,=",
    ],
)
def test_garbage_in_the_signature_is_refused(scheme: HmacScheme, value: str) -> None:
    with pytest.raises(SignatureRejected):
        verify_hmac(scheme, {**good(scheme), scheme.header: value}, BODY, [KEY], NOW)


@pytest.mark.parametrize("value", ["", "yesterday", "nan", "inf", "-1", "1e400", "²", "1" * 400])
def test_garbage_in_the_time_is_refused(value: str) -> None:
    with pytest.raises(SignatureRejected):
        verify_hmac(TIMED, {**good(TIMED), "X-Time": value}, BODY, [KEY], NOW)


@given(st.dictionaries(st.sampled_from(["X-Signature", "X-Time", "x-time", "Other"]), st.text()), st.binary())
def test_whatever_arrives_is_only_ever_refused(headers: dict[str, str], body: bytes) -> None:
    for scheme in (RAW, TIMED, LEGACY):
        with pytest.raises(SignatureRejected):
            verify_hmac(scheme, headers, body, [KEY], NOW)


@pytest.mark.parametrize(("seconds", "is_fresh"), [(-301, False), (-299, True), (299, True), (301, False)])
def test_a_signed_time_must_be_near(seconds: int, is_fresh: bool) -> None:
    stamp = str(int(NOW.timestamp()) + seconds)
    headers = {"X-Time": stamp, "X-Signature": signed(stamp.encode() + b"." + BODY).hex()}
    assert is_taken(TIMED, headers) is is_fresh


def test_during_a_rotation_old_and_new_secrets_pass() -> None:
    assert is_taken(RAW, good(RAW), Secret("new"), KEY)
    mixed = {"X-Signature": f"sha256={'0' * 64}, {good(RAW)['X-Signature']}"}
    assert is_taken(RAW, mixed)
    assert not is_taken(RAW, mixed, Secret("new"))


def test_one_of_several_standard_signatures_is_enough() -> None:
    headers = good(STANDARD)
    headers["Webhook-Signature"] = "v1a,AAAA v1,AAAA " + headers["Webhook-Signature"]
    assert is_taken(STANDARD, headers)
    assert not is_taken(STANDARD, headers, body=BODY + b" ")


def test_the_id_is_signed_too() -> None:
    with pytest.raises(SignatureRejected):
        verify_hmac(STANDARD, {**good(STANDARD), "Webhook-Id": "msg_2"}, BODY, [KEY], NOW)


def test_a_secret_header_is_compared() -> None:
    verify_secret_header({"x-hotel": "pässword"}, "X-Hotel", Secret("pässword"))
    for headers in ({}, {"X-Hotel": ""}, {"X-Hotel": "Pässword"}, {"X-Hotel": "\udcff"}):
        with pytest.raises(SignatureRejected):
            verify_secret_header(headers, "X-Hotel", Secret("pässword"))
    with pytest.raises(SignatureRejected):
        verify_secret_header({"X-Hotel": "x"}, "X-Hotel", Secret(""))


def test_no_refusal_holds_the_secret_or_the_signature() -> None:
    with pytest.raises(SignatureRejected) as rejected:
        verify_hmac(RAW, {"X-Signature": "sha256=abcdef"}, BODY, [KEY], NOW)
    assert "whsec" not in repr(rejected.value.fault)
    assert "abcdef" not in repr(rejected.value.fault)


# --- other proofs ---------------------------------------------------------------------------------------------------

SVIX_KEY = Secret("whsec_" + base64.b64encode(b"a key of some bytes").decode())


def svix(body: bytes = BODY, key: bytes = b"a key of some bytes", stamp: str = STAMP) -> dict[str, str]:
    digest = base64.b64encode(signed(b"msg_1." + stamp.encode() + b"." + body, key=key)).decode()
    return {"svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": f"v1,{digest}"}


def test_a_base64_key_with_its_prefix_is_understood() -> None:
    bare = SVIX_KEY.reveal().removeprefix("whsec_").rstrip("=")
    assert is_taken(SVIX, svix(), SVIX_KEY)
    assert is_taken(SVIX, svix(), Secret(bare))
    assert not is_taken(SVIX, svix(), Secret(bare[:-2]))


def test_one_of_several_signatures_and_secrets_is_enough() -> None:
    headers = svix()
    headers["svix-signature"] = f"v1,AAAA v1a,ignored {headers['svix-signature']}"
    assert is_taken(SVIX, headers, Secret("whsec_b2xk"), SVIX_KEY)
    assert not is_taken(SVIX, headers, Secret("whsec_b2xk"))


@pytest.mark.parametrize("secret", ["whsec_not base64!", "ü", "whsec_"])
def test_a_key_that_is_no_base64_proves_nothing(secret: str) -> None:
    with pytest.raises(SignatureRejected):
        verify_hmac(SVIX, svix(), BODY, [Secret(secret)], NOW)


def test_the_names_of_standard_webhooks_are_without_the_vendor() -> None:
    headers = {name.replace("svix", "Webhook"): value for name, value in svix().items()}
    assert is_taken(STANDARD_WEBHOOKS, headers, SVIX_KEY)
    assert not is_taken(SVIX, headers, SVIX_KEY)


def login(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_a_login_is_compared() -> None:
    verify_basic(login("pms:s3:cret"), "pms", Secret("s3:cret"))
    for headers in (
        {},
        login("pms:wrong"),
        login("other:s3:cret"),
        login("pms"),
        {"Authorization": "Basic §"},
        {"Authorization": "Basic /w=="},
        {"Authorization": "Bearer s3:cret"},
    ):
        with pytest.raises(SignatureRejected):
            verify_basic(headers, "pms", Secret("s3:cret"))


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=5))
def test_no_headers_break_a_login(headers: dict[str, str]) -> None:
    with pytest.raises(SignatureRejected):
        verify_basic(headers, "pms", KEY)
