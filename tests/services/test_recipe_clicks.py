"""Clicks on a sample answer: what they write, what each value looks like, and what of an answer is kept."""

from typing import Any, get_args

import msgspec
import pytest

from tests.connected import RECIPE
from webapp.integrations.pms.custom_rest import recipe
from webapp.integrations.pms.custom_rest.booking_mapping import STAY_FIELDS
from webapp.runtime import Runtime
from webapp.services import recipe_answers, recipe_clicks, recipe_samples, recipe_tree
from webapp.services.recipe_clicks import fit_of, text_of, with_list, with_value
from webapp.services.recipe_shapes import Fit, Look, Shape, fits, look
from webapp.services.recipe_tree import Node

CUSTOM = "custom_rest"


def document(**bookings: Any) -> str:
    return msgspec.json.encode({"version": 1, "streams": {"bookings": {"path": "/b", **bookings}}}).decode()


def bookings_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(text)["streams"]["bookings"]
    return found


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        ("a", [None, ""], Look(Shape.EMPTY)),
        ("from", ["2026-07-14", None], Look(Shape.DAY)),
        ("from", ["14.07.2026"], Look(Shape.DAY, ("DD.MM.YYYY",))),
        ("from", ["04/07/2026"], Look(Shape.DAY, ("DD/MM/YYYY", "MM/DD/YYYY"))),
        ("from", ["04/07/2026", "04/27/2026"], Look(Shape.DAY, ("MM/DD/YYYY",))),
        ("from", ["20260714"], Look(Shape.DAY, ("YYYYMMDD",))),
        ("changed", ["2026-07-14T10:30:00Z"], Look(Shape.MOMENT)),
        ("updatedAt", [1_784_025_000], Look(Shape.MOMENT)),
        ("updatedAt", [1_784_025_000_000], Look(Shape.MOMENT)),
        ("total_cents", [45000], Look(Shape.CENTS)),
        ("totalMinor", ["45000"], Look(Shape.CENTS)),
        ("total", [450.5], Look(Shape.AMOUNT)),
        ("total", [450], Look(Shape.AMOUNT)),
        ("total", ["1.234,50"], Look(Shape.COMMA_AMOUNT)),
        ("total", ["450.00"], Look(Shape.AMOUNT)),
        ("adults", [2], Look(Shape.NUMBER)),
        ("vip", [True, False], Look(Shape.YES_NO)),
        ("mail", ["ada@aurora.example"], Look(Shape.MAIL)),
        ("phone", ["079 123 45 67"], Look(Shape.PHONE)),
        ("currency", ["EUR"], Look(Shape.CURRENCY)),
        ("status", ["confirmed", "in_house"], Look(Shape.WORD)),
        ("code", ["OPEN", "CXL"], Look(Shape.WORD)),
        ("guestName", ["Ada Lovelace"], Look(Shape.FULL_NAME)),
        ("family", ["Lovelace"], Look(Shape.TEXT)),
    ],
)
def test_a_value_is_known_by_its_look(key: str, values: list[Any], expected: Look) -> None:
    assert look(key, values) == expected


def test_a_date_that_reads_in_two_ways_is_offered_in_both() -> None:
    offered = fits(look("from", ["04/07/2026"]))
    assert Fit("arrival", format="DD/MM/YYYY") in offered
    assert Fit("arrival", format="MM/DD/YYYY") in offered


def test_what_is_offered_is_what_the_adapter_understands() -> None:
    assert {"YYYY-MM-DD", *recipe_clicks.DATE_FORMATS} == set(get_args(recipe.DateFormat))
    assert set(recipe_clicks.OF_A_STAY) <= STAY_FIELDS | {"status"}
    for shape in Shape:
        for fit in fits(Look(shape)):
            assert fit_of(text_of(fit)) == fit


def test_a_value_replaces_the_fields_source() -> None:
    before = document(fields={"arrival": {"path": "old", "map": {"a": "b"}}})
    after = with_value(before, "stay.from", Fit("arrival", format="DD.MM.YYYY"))
    assert bookings_of(after)["fields"] == {"arrival": {"path": "stay.from", "format": "DD.MM.YYYY"}}
    assert bookings_of(with_value(before, "von", Fit("arrival")))["fields"] == {"arrival": "von"}


def test_a_value_inside_the_list_of_stays_goes_to_the_stays() -> None:
    before = document(fields={}, stays={"select": "rooms", "fields": {}})
    after = bookings_of(with_value(before, "rooms[0].type", Fit("room_type")))
    assert after["stays"]["fields"] == {"room_type": "type"}
    after = bookings_of(with_value(before, "rooms[0].who", Fit("guest_last_name")))
    assert after["fields"] == {"guest_last_name": "rooms[0].who"}


def test_a_list_becomes_the_bookings() -> None:
    assert bookings_of(with_list(document(), "data.items"))["select"] == "data.items"
    assert "select" not in bookings_of(with_list(document(select="data"), ""))
    assert with_list("no json", "a") == "no json"


def test_long_answers_are_cut_and_come_back(hub: Runtime) -> None:
    rows = [{"id": number, "notes": "x" * 3000} for number in range(100)]
    sealed = recipe_answers.seal(hub, msgspec.json.encode({"data": rows, "total": 100}))
    kept = msgspec.json.decode(recipe_answers.opened(hub, sealed))
    assert [row["id"] for row in kept["data"]] == [0, 1, 2, 3, 4]
    assert len(kept["data"][0]["notes"]) == recipe_answers.LONGEST_TEXT
    assert kept["total"] == 100


def test_what_this_hub_did_not_seal_as_a_sample_is_not_opened(hub: Runtime) -> None:
    other = hub.vault.seal(b'{"api_key": "a"}').decode()
    assert recipe_answers.opened(hub, other) == b""
    assert recipe_answers.opened(hub, "é") == b""
    assert recipe_answers.seal(hub, b"<html>") == ""


def node(nodes: tuple[Node, ...], *keys: str) -> Node:
    found = next(one for one in nodes if one.key == keys[0])
    return node(found.children, *keys[1:]) if keys[1:] else found


def test_the_tree_shows_lists_values_and_what_they_are_used_as() -> None:
    answer = b"""{"data": {"items": [
      {"id": 1, "guest": {"family": "Byron"}, "rooms": [{"type": "DBL"}], "a.b": 1, "tags": ["x"]},
      {"id": 2, "late": "2026-07-14", "guest": {"family": "King"}}]}, "links": [{"rel": "next"}]}"""
    tree = recipe_tree.grown(CUSTOM, document(select="data.items", fields={"external_id": "id"}), answer)
    assert tree is not None
    assert [(one.path, one.count, one.is_chosen) for one in tree.lists] == [
        ("data.items", 2, True),
        ("links", 1, False),
    ]
    assert node(tree.nodes, "id").used_as == ("external_id",)
    assert node(tree.nodes, "late").shape is Shape.DAY
    assert node(tree.nodes, "rooms", "type").path == "rooms[0].type"
    assert node(tree.nodes, "tags").path == "tags[0]"
    assert node(tree.nodes, "a.b").path == ""
    family = node(tree.nodes, "guest", "family")
    assert (family.fits[0].field, family.is_proposed) == ("guest_last_name", True)
    assert not node(tree.nodes, "late").is_proposed
    assert all("Byron" not in text and "King" not in text for text in family.shown)
    assert tree.missing == ("status", "arrival", "departure")


def test_a_tree_of_something_odd_is_empty_and_never_an_error() -> None:
    for answer in (b"[]", b"{}", b'{"data": null}', b'[1, "a", null]', b"[[1]]"):
        tree = recipe_tree.grown(CUSTOM, document(select="data"), answer)
        assert tree is not None
        assert tree.nodes == ()
    assert recipe_tree.grown(CUSTOM, "no json", b"[]") is None
    assert recipe_tree.grown(CUSTOM, document(), b"<html>") is None


def test_a_recipe_with_gaps_can_be_asked_with() -> None:
    complete = recipe_clicks.askable(document())
    assert recipe.parse(complete).version == 1
    assert set(bookings_of(complete)["fields"]) == {"external_id", "status", "arrival", "departure"}
    whole = bookings_of(RECIPE)
    del whole["select"]
    assert bookings_of(recipe_clicks.askable(RECIPE)) == whole


def test_a_kept_answer_is_read_without_a_call() -> None:
    answer = b'{"data": [{"id": 1, "s": "OPEN", "from": "2026-07-14", "to": "2026-07-16"}]}'
    fields = {"external_id": "id", "status": "s", "arrival": "from", "departure": "to"}
    text = document(select="data", fields=fields)
    found = recipe_samples.read(CUSTOM, text.replace('"version":1', '"version":1,"currency":"EUR"'), answer)
    assert [one.external_id for one in found.bookings] == ["1"]
    assert found.unmapped == {"OPEN": 1}
    gap = recipe_samples.read(CUSTOM, document(select="data"), answer)
    assert (gap.is_ready, gap.bookings, gap.fault, gap.problems) == (False, (), None, ())
    elsewhere = recipe_samples.read(CUSTOM, document(select="rows", fields=fields), answer)
    assert "rows" in str(elsewhere.problems[0])


def test_what_a_stay_knows_is_not_missing_but_for_the_status() -> None:
    stays = {"at": "rooms", "fields": {"arrival": "from", "departure": "to", "status": "state"}}
    tree = recipe_tree.grown(CUSTOM, document(fields={"external_id": "id"}, stays=stays), b"[]")
    assert tree is not None
    assert "status" in tree.missing
    assert not {"arrival", "departure", "external_id"} & set(tree.missing)


def test_an_answer_that_a_recipe_cannot_read_yet_is_kept_for_the_next_try() -> None:
    view = recipe_samples.read(CUSTOM, document(fields={}), b'[{"id": 1}]')
    assert (view.is_ready, view.answer) == (False, b'[{"id": 1}]')
