"""Asking Mews: tokens in every body, lists by cursor, too much in halves, and what each refusal means."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.integrations.conftest import MakeClient
from tests.integrations.pms.mews.samples import Script, credentials, told
from tests.integrations.vendor import Reply, Vendor
from webapp.integrations.kit.errors import (
    ContractBroken,
    CredentialsRejected,
    PermissionMissing,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)
from webapp.integrations.kit.http import CallRecord, Timeouts
from webapp.integrations.pms.mews.asking import PATIENCE, Mews
from webapp.integrations.pms.mews.listings import CUSTOMERS, RESERVATIONS, RESOURCES
from webapp.integrations.pms.mews.refusals import NotEnabled, Refused, RuleBroken, TokenRefused, TooMuch
from webapp.vault import Secret


@pytest.fixture
def script(vendor: Vendor) -> Script:
    written = Script()
    vendor.answers_by(written)
    return written


@pytest.fixture
def mews(vendor: Vendor, make_client: MakeClient) -> Mews:
    return Mews(make_client(vendor.url, tries=1), credentials(vendor.url))


def rows_of(field: str, ids: list[str], cursor: str | None = None) -> Reply:
    return Reply(body={field: [{"Id": one, "Name": one} for one in ids], "Cursor": cursor})


def test_every_question_carries_both_tokens_in_its_body_only(
    vendor: Vendor, script: Script, mews: Mews
) -> None:
    mews.every(RESOURCES, {"Extent": {"Resources": True}})
    ((_, body),) = script.asked
    assert (body["AccessToken"], body["ClientToken"]) == ("ACCESS-T0KEN", "CLIENT-T0KEN")
    assert body["Client"].startswith("AI Hotel Assistant ")
    asked = vendor.asked[0]
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json")
    assert "T0KEN" not in asked.path + repr(asked.headers)


@pytest.mark.parametrize("missing", ["api_key", "api_secret"])
def test_a_missing_token_is_told_before_anything_is_sent(
    vendor: Vendor, script: Script, make_client: MakeClient, missing: str
) -> None:
    given = credentials(vendor.url)
    mews = Mews(make_client(vendor.url), replace(given, secrets={**given.secrets, missing: Secret(" ")}))
    with pytest.raises(CredentialsRejected, match="token is given"):
        mews.configuration()
    assert script.asked == []


def test_a_list_goes_on_while_a_full_page_has_a_cursor(script: Script, mews: Mews) -> None:
    pages = {None: (["a", "b"], "b"), "b": (["c", "b"], "c"), "c": (["d"], "d")}

    def answer(body: Any) -> Reply:
        ids, cursor = pages[body["Limitation"]["Cursor"]]
        return rows_of("Resources", ids, cursor)

    script.instead["resources/getAll"] = answer
    found, cursor = [], None
    for _ in range(3):
        page = mews.page(RESOURCES, {}, cursor=cursor, count=2)
        found += [row.id for row in page.rows]
        cursor = page.cursor
    assert found == ["a", "b", "c", "b", "d"]
    assert cursor is None  # a short page is the last, whatever cursor it has


def test_the_last_full_page_is_followed_by_an_empty_one(script: Script, mews: Mews) -> None:
    def answer(body: Any) -> Reply:
        first = body["Limitation"]["Cursor"] is None
        return rows_of("Resources", [str(n) for n in range(1000)] if first else [], "999" if first else None)

    script.instead["resources/getAll"] = answer
    assert len(mews.every(RESOURCES, {})) == 1000
    assert len(script.asked) == 2


def test_a_cursor_that_leads_in_circles_is_a_fault(script: Script, mews: Mews) -> None:
    script.instead["resources/getAll"] = rows_of("Resources", [str(n) for n in range(1000)], "same")
    with pytest.raises(ContractBroken, match="came twice"):
        mews.every(RESOURCES, {})


@pytest.mark.parametrize(
    "reply", [Reply(204, b""), Reply(body={"Resources": [], "Cursor": None}), Reply(body={"Resources": None})]
)
def test_no_rows_may_be_told_in_three_ways(script: Script, mews: Mews, reply: Reply) -> None:
    script.instead["resources/getAll"] = reply
    assert mews.every(RESOURCES, {}) == []


@pytest.mark.parametrize("body", [{}, [], {"Reservations": 7}, {"Reservations": [], "Cursor": 7}, "text"])
def test_an_answer_of_another_shape_is_not_taken_for_no_rows(script: Script, mews: Mews, body: Any) -> None:
    script.instead["reservations/getAll/2023-06-06"] = Reply(body=body)
    with pytest.raises(ContractBroken):
        mews.every(RESERVATIONS, {})


def test_an_odd_row_is_skipped_with_its_id_and_the_field(script: Script, mews: Mews) -> None:
    good = {"Id": "g", "State": "Confirmed"} | dict.fromkeys(
        ("ScheduledStartUtc", "ScheduledEndUtc"), "2026-07-14T08:00:00Z"
    )
    odd: list[Any] = [{**good, "Id": "o1", "State": None}, {"Id": "o2", "State": "Started"}, {"State": 7}, 7]
    script.instead["reservations/getAll/2023-06-06"] = Reply(body={"Reservations": [good, *odd]})
    page = mews.page(RESERVATIONS, {})
    assert [row.id for row in page.rows] == ["g"]
    assert [(item.external_id, str(item.reason)) for item in page.skipped] == [
        ("o1", "State is missing or unexpected"),
        ("o2", "ScheduledStartUtc is missing or unexpected"),
        ("", "State is missing or unexpected"),
        ("", "a field is missing or unexpected"),
    ]


def test_a_page_of_which_nothing_can_be_read_is_a_fault(script: Script, mews: Mews) -> None:
    script.instead["reservations/getAll/2023-06-06"] = Reply(body={"Reservations": [{"Id": "a"}] * 3})
    with pytest.raises(ContractBroken, match="State is missing"):
        mews.page(RESERVATIONS, {})


def test_ids_are_asked_in_parts_that_mews_takes(script: Script, mews: Mews) -> None:
    script.instead["customers/getAll"] = lambda body: rows_of("Customers", body["CustomerIds"])
    ids = [str(number) for number in range(2500)]
    found = mews.every_of(CUSTOMERS, "CustomerIds", [*ids, *ids[:5]])
    assert sorted(row.id for row in found) == sorted(ids)
    assert [len(body["CustomerIds"]) for body in script.bodies("customers/getAll")] == [1000, 1000, 500]
    assert mews.every_of(CUSTOMERS, "CustomerIds", []) == []


@pytest.mark.parametrize("status", [408, 413])
def test_too_many_ids_are_asked_in_halves_and_not_again(script: Script, mews: Mews, status: int) -> None:
    def answer(body: Any) -> Reply:
        ids = body["CustomerIds"]
        return told(status) if len(ids) > 3 else rows_of("Customers", ids)

    script.instead["customers/getAll"] = answer
    found = mews.every_of(CUSTOMERS, "CustomerIds", list("abcdefgh"))
    assert [row.id for row in found] == list("abcdefgh")
    sizes = [len(body["CustomerIds"]) for body in script.bodies("customers/getAll")]
    assert sizes == [8, 4, 2, 2, 4, 2, 2]


def test_too_much_is_never_asked_again_as_it_was(
    vendor: Vendor, script: Script, make_client: MakeClient
) -> None:
    mews = Mews(make_client(vendor.url), credentials(vendor.url))
    script.instead["customers/getAll"] = told(408)
    with pytest.raises(TooMuch):
        mews.every_of(CUSTOMERS, "CustomerIds", ["a"])
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, Refused, "contract_broken"),
        (401, TokenRefused, "credentials_rejected"),
        (403, RuleBroken, "permission_missing"),
        (408, TooMuch, "provider_unavailable"),
        (409, ProviderUnavailable, "provider_unavailable"),
        (413, TooMuch, "provider_unavailable"),
        (500, ProviderUnavailable, "provider_unavailable"),
        (503, ProviderUnavailable, "provider_unavailable"),
    ],
)
def test_every_status_has_its_meaning(
    script: Script, mews: Mews, status: int, error: type[ProviderError], code: str
) -> None:
    script.instead["configuration/get"] = told(status)
    with pytest.raises(error) as raised:
        mews.configuration()
    assert raised.value.code == code


def test_a_401_of_a_question_is_told_apart_by_a_second_one(script: Script, mews: Mews) -> None:
    script.instead["resources/getAll"] = told(401, "Access token is not valid for this operation.")
    with pytest.raises(NotEnabled) as closed:
        mews.every(RESOURCES, {})
    assert isinstance(closed.value, PermissionMissing)
    assert closed.value.params["path"] == "resources/getAll"
    script.instead["configuration/get"] = told(401)
    with pytest.raises(TokenRefused):
        mews.every(RESOURCES, {})
    assert script.operations == ["resources/getAll", "configuration/get"] * 2


def test_a_wait_is_taken_from_mews_when_it_names_one(script: Script, mews: Mews) -> None:
    script.instead["configuration/get"] = Reply(429, {"Message": "Too many."}, {"Retry-After": "17"})
    with pytest.raises(RateLimited) as told_when:
        mews.configuration()
    script.instead["configuration/get"] = told(429)
    with pytest.raises(RateLimited) as untold:
        mews.configuration()
    assert (told_when.value.retry_after, untold.value.retry_after) == (17, None)


def test_data_that_changed_meanwhile_are_asked_again(
    vendor: Vendor, script: Script, make_client: MakeClient, sleeps: list[float]
) -> None:
    replies: Iterator[Reply] = iter([told(409), rows_of("Resources", ["a"])])
    script.instead["resources/getAll"] = lambda body: next(replies)
    found = Mews(make_client(vendor.url), credentials(vendor.url)).every(RESOURCES, {})
    assert [row.id for row in found] == ["a"]
    assert sleeps


def test_a_refusal_tells_the_words_and_the_number_of_mews_but_no_token(
    script: Script, mews: Mews, calls: list[CallRecord]
) -> None:
    script.instead["resources/getAll"] = told(
        400, "Bad ACCESS-T0KEN\nand CLIENT-T0KEN.", **{"Request-Id": "r-7"}
    )
    with pytest.raises(Refused) as refused:
        mews.every(RESOURCES, {})
    assert refused.value.detail == "status 400, request r-7: Bad •••• and ••••."
    script.instead["resources/getAll"] = told(403, "The day is closed.")
    with pytest.raises(RuleBroken) as broken:
        mews.every(RESOURCES, {})
    assert "The day is closed." in str(broken.value)
    assert "T0KEN" not in repr(calls) + str(refused.value) + repr(refused.value.fault)


@pytest.mark.parametrize(
    "reply", [Reply(400, b""), Reply(400, b"<html>"), Reply(400, {"Message": 7}), Reply(400, [])]
)
def test_a_refusal_without_words_is_one_too(script: Script, mews: Mews, reply: Reply) -> None:
    script.instead["resources/getAll"] = reply
    with pytest.raises(Refused) as refused:
        mews.every(RESOURCES, {})
    assert refused.value.detail == "status 400"


def test_a_sync_has_patience_and_a_connection_test_has_none(vendor: Vendor, make_client: MakeClient) -> None:
    known: Callable[..., Any] = make_client
    assert Mews(known(vendor.url), credentials(vendor.url)).client.timeouts == PATIENCE
    short = Timeouts.of_a_check()
    assert Mews(known(vendor.url, timeouts=short), credentials(vendor.url)).client.timeouts == short
