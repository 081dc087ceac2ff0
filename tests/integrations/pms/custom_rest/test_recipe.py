"""Recipes: every mistake is told with its place, and what the editor starts with is right."""

from typing import Any

import msgspec
import pytest

from tests.integrations.providers import RECIPE
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.pms.custom_rest.adapter import Adapter
from webapp.integrations.pms.custom_rest.problems import all_problems, read
from webapp.integrations.pms.custom_rest.proposal import blank
from webapp.integrations.pms.custom_rest.recipe import dump, parse


def plain(**changes: Any) -> dict[str, Any]:
    """The smallest good recipe, with the bookings stream changed."""
    bookings = {
        "path": "/bookings",
        "fields": {"external_id": "id", "status": "state", "arrival": "from", "departure": "to"},
    }
    return {"version": 1, "currency": "EUR", "streams": {"bookings": bookings | changes}}


def places(document: object) -> list[str]:
    return [problem.params["where"] for problem in all_problems(document)]


def test_the_simulators_recipe_is_good_and_has_all_streams() -> None:
    recipe = read(RECIPE.read_bytes())
    assert set(recipe.streams) == set(Stream)


def test_what_the_editor_starts_with_is_good() -> None:
    assert all_problems(Adapter.blank_recipe()) == ()


def test_a_recipe_survives_being_written_and_read() -> None:
    for recipe in (blank(), read(RECIPE.read_bytes())):
        assert parse(dump(recipe)) == recipe


def test_text_bytes_and_decoded_json_are_the_same() -> None:
    text = dump(blank())
    assert read(text) == read(text.encode()) == read(msgspec.json.decode(text))


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ("{", "recipe"),
        ("", "recipe"),
        ("[]", "recipe"),
        ("{}", "recipe"),
        (b"\xff", "recipe"),
        ('{"version": 2, "streams": {}}', "version"),
        ('{"version": 1, "streams": {"bokings": {}}}', "streams"),
        ('{"version": 1, "streams": {"bookings": {"path": 3}}}', "streams[...].path"),
        ('{"version": 1, "streams": {}, "colour": "red"}', "recipe"),
        ('{"version": 1, "streams": {}, "limits": {"per_second": -1}}', "limits.per_second"),
        ('{"version": 1, "streams": {}, "currency": "euro"}', "currency"),
        ('{"version": 1, "name": "' + "x" * 65_000 + '"}', "recipe"),
    ],
)
def test_a_wrong_shape_is_told_with_its_place(document: object, where: str) -> None:
    (problem,) = all_problems(document)
    assert problem.params["where"] == where
    assert str(problem.problem).endswith(".")
    with pytest.raises(RecipeWrong):
        read(document)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"path": ""}, "streams.bookings.path"),
        ({"path": "https://evil.example/x"}, "streams.bookings.path"),
        ({"path": "//evil.example/x"}, "streams.bookings.path"),
        ({"path": "/../admin"}, "streams.bookings.path"),
        ({"path": "/b ookings"}, "streams.bookings.path"),
        ({"path": "/bookings?hotel=1"}, "streams.bookings.path"),
        ({"path": "/{{secret.api_key}}/x"}, "streams.bookings.path"),
        ({"query": {"key": "{{secret.api_key}}"}}, "streams.bookings.query.key"),
        ({"delta_query": {"since": "{{sinse}}"}}, "streams.bookings.delta_query.since"),
        ({"query": {"x": "{{ 1 + 1 }}"}}, "streams.bookings.query.x"),
        ({"body": {"a": 1}}, "streams.bookings.body"),
        ({"method": "POST", "body": {"a": [{"b": "{{secret.api_secret}}"}]}}, "streams.bookings.body.a[0].b"),
        ({"select": "data..items"}, "streams.bookings.select"),
        ({"pagination": {"kind": "page"}}, "streams.bookings.pagination.param"),
        ({"pagination": {"kind": "cursor", "param": "c"}}, "streams.bookings.pagination"),
        (
            {"pagination": {"kind": "cursor", "param": "c", "path": "a", "header": "B"}},
            "streams.bookings.pagination",
        ),
        ({"pagination": {"kind": "next_link_body"}}, "streams.bookings.pagination.path"),
        ({"pagination": {"kind": "none", "place": "body"}}, "streams.bookings.pagination.place"),
        ({"single": {"path": "/bookings/1"}}, "streams.bookings.single.path"),
        ({"batch": {"param": ""}}, "streams.bookings.batch.param"),
        (
            {"fields": {"external_id": "id", "status": "state", "arrival": "from"}},
            "streams.bookings.fields.departure",
        ),
        (
            {"fields": {"status": "s", "arrival": "a", "departure": "d"}},
            "streams.bookings.fields.external_id",
        ),
        (
            {"stays": {"select": "rooms", "fields": {"arrival": "a"}}},
            "streams.bookings.stays.fields.departure",
        ),
        (
            {"stays": {"select": "rooms", "fields": {"arrival": "a", "departure": "d", "colour": "c"}}},
            "streams.bookings.stays.fields.colour",
        ),
        (
            {"guests": {"select": "people", "fields": {"shoe_size": "s"}}},
            "streams.bookings.guests.fields.shoe_size",
        ),
    ],
)
def test_a_recipe_without_sense_is_told_with_its_place(changes: dict[str, Any], where: str) -> None:
    assert places(plain(**changes)) == [where]


def with_fields(**more: Any) -> dict[str, Any]:
    base = {"external_id": "id", "status": "state", "arrival": "from", "departure": "to"}
    return plain(fields=base | more)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"colour": "x"}, "colour"),
        ({"notes": {"transform": "trim"}}, "notes"),
        ({"notes": "a..b"}, "notes"),
        ({"notes": ["a", ""]}, "notes"),
    ],
)
def test_a_field_that_leads_nowhere_is_told(fields: dict[str, Any], place: str) -> None:
    assert places(with_fields(**fields)) == [f"streams.bookings.fields.{place}"]


def test_amounts_need_a_currency_from_somewhere() -> None:
    document = with_fields(total_amount="total") | {"currency": ""}
    assert places(document) == ["streams.bookings.fields.currency"]
    assert places(with_fields(total_amount="total", currency="cur") | {"currency": ""}) == []


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"headers": {"Host": "x"}}, "headers.Host"),
        ({"headers": {"Cookie": "x"}}, "headers.Cookie"),
        ({"headers": {"X-A": "a\r\nHost: b"}}, "headers.X-A"),
        ({"headers": {"X A": "a"}}, "headers.X A"),
        ({"headers": {"X-A": "{{secret.other}}"}}, "headers.X-A"),
        ({"query": {"k": "{{secret.api_key}}"}}, "query.k"),
        ({"health": {"path": "http://x"}}, "health.path"),
        ({"properties": {"path": ""}}, "properties.path"),
        ({"auth": {"login": {"path": "/login", "body": {"x": "{{nothing}}"}}}}, "auth.login.body.x"),
        ({"streams": {}}, "streams"),
    ],
)
def test_a_mistake_around_the_streams_is_told(part: dict[str, Any], where: str) -> None:
    assert places(plain() | part) == [where]


def test_a_secret_may_stand_in_a_header_and_in_a_login() -> None:
    good = plain() | {
        "headers": {"X-Client": "{{secret.api_secret}}", "X-Hotel": "{{property_id}}"},
        "auth": {
            "login": {"path": "/login", "body": {"user": "{{username}}", "pass": "{{secret.api_secret}}"}}
        },
    }
    assert places(good) == []


def test_check_ins_stand_on_the_bookings() -> None:
    document = plain()
    document["streams"] = {"check_ins": {"path": "/today"}}
    assert "streams.check_ins" in places(document)
    document["streams"] = plain()["streams"] | {"check_ins": {"path": "/today"}}
    assert places(document) == []


def test_all_mistakes_are_told_at_once() -> None:
    document = plain(path="", select="a..b") | {"timezone": "Nowhere"}
    assert places(document) == ["timezone", "streams.bookings.path", "streams.bookings.select"]
