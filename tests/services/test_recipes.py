"""Recipes as the editor sees them; what it offers is what the adapter understands."""

from typing import Any, get_args

import msgspec
import pytest

from tests.connected import RECIPE
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.pms.custom_rest import problems, recipe
from webapp.services import recipe_words, recipes
from webapp.services.recipes import Edits

CUSTOM = "custom_rest"


def edits(document: str, **changed: Any) -> Edits:
    """What the rows of a document post when nobody touches them."""
    view = recipes.view(CUSTOM, document)
    given = {
        "path": view.path,
        "select": view.select,
        "paging": view.paging,
        "fields": [(row.name, row.source, row.transform) for row in view.rows],
        "statuses": [(row.word, row.target) for row in view.statuses],
        **changed,
    }
    return Edits(**given)


def merged(document: str, **changed: Any) -> dict[str, Any]:
    result = recipes.merged(document, recipes.digest_of(document), edits(document, **changed))
    decoded: dict[str, Any] = msgspec.json.decode(result)
    return decoded["streams"]["bookings"]


def bookings(**parts: Any) -> str:
    return msgspec.json.encode({"version": 1, "streams": {"bookings": {"path": "/b", **parts}}}).decode()


def test_the_editor_offers_what_the_adapter_understands() -> None:
    assert set(recipe_words.FIELDS) == problems.ALLOWED[Stream.BOOKINGS]
    assert set(recipe_words.PAGING_KINDS) == set(get_args(recipe.Paging.__annotations__["kind"]))
    assert set(recipe_words.TRANSFORMS) - {""} == set(get_args(recipe.Transform))
    assert set(recipe_words.TARGETS) == set(get_args(recipe.Target))
    assert set(recipe_words.PAGING_FIELDS) <= set(recipe.Paging.__struct_fields__)


def test_untouched_rows_leave_a_document_as_it_was() -> None:
    for document in (RECIPE, recipes.blank(CUSTOM)):
        assert merged(document) == msgspec.json.decode(document)["streams"]["bookings"]


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("guest.name", ("guest.name", "")),
        (["a", "b.c"], ("a, b.c", "")),
        ({"const": "EUR"}, ("=EUR", "")),
        ({"path": "cents", "transform": "from_minor_units"}, ("cents", "from_minor_units")),
        ({"path": "a", "transform": ["trim", "upper"]}, ("a", "several")),
        ({"path": "a", "map": {"x": "y"}, "format": "DD.MM.YYYY"}, ("a", "")),
    ],
)
def test_every_way_to_write_a_field_is_shown_and_kept(before: Any, shown: tuple[str, str]) -> None:
    document = bookings(fields={"notes": before})
    row = next(row for row in recipes.view(CUSTOM, document).rows if row.name == "notes")
    assert (row.source, row.transform) == shown
    assert merged(document)["fields"]["notes"] == before


def test_a_number_as_a_fixed_value_stays_a_number() -> None:
    assert merged(bookings(fields={"adults": {"const": 2}}))["fields"]["adults"] == {"const": 2}


def test_the_shortest_way_is_written() -> None:
    document = bookings(fields={"notes": {"path": "a", "transform": "trim"}})
    assert merged(document, fields=[("notes", " b ", "")])["fields"] == {"notes": "b"}
    assert merged(document, fields=[("notes", "b, c,", "")])["fields"] == {"notes": ["b", "c"]}
    assert merged(document, fields=[("notes", "", "trim")])["fields"] == {}


def test_no_paging_needs_no_settings() -> None:
    document = bookings(pagination={"kind": "page", "param": "p", "first": 0, "place": "query"})
    assert "pagination" not in merged(document, paging={"kind": "none", "param": "p"})
    kept = merged(document, paging={"kind": "offset", "param": "o", "size": "50", "size_param": ""})
    assert kept["pagination"] == {"kind": "offset", "param": "o", "size": 50, "first": 0, "place": "query"}


def test_line_ends_of_a_browser_are_no_edit() -> None:
    document = recipes.blank(CUSTOM)
    posted = document.replace("\n", "\r\n")
    result = recipes.merged(posted, recipes.digest_of(document), edits(document, path="/rows"))
    assert msgspec.json.decode(result)["streams"]["bookings"]["path"] == "/rows"


def test_edited_json_goes_before_the_rows() -> None:
    document = recipes.blank(CUSTOM)
    changed = document.replace("/reservations", "/json")
    result = recipes.merged(changed, recipes.digest_of(document), edits(document, path="/rows"))
    assert msgspec.json.decode(result)["streams"]["bookings"]["path"] == "/json"


@pytest.mark.parametrize("document", ["", "{", "[]", "5", '{"streams": 5}', '{"streams": {"bookings": []}}'])
def test_any_text_can_be_shown(document: str) -> None:
    view = recipes.view(CUSTOM, document)
    assert view.problems
    assert recipes.merged(document, view.digest, edits(document)) is not None
    assert recipes.with_status(document, "A", "confirmed") is not None
    assert recipes.with_field(document, "notes") is not None


def test_problems_stand_at_their_rows() -> None:
    view = recipes.view(CUSTOM, recipes.with_field(recipes.blank(CUSTOM), "notes"))
    row = next(row for row in view.rows if row.name == "notes")
    assert row.problem
    assert "streams.bookings.fields.notes" in [problem.where for problem in view.problems]


def test_a_status_gets_only_a_meaning_that_exists() -> None:
    document = recipes.blank(CUSTOM)
    assert '"PEND": "hold"' in recipes.with_status(document, "PEND", "hold")
    assert recipes.with_status(document, "PEND", "nonsense") == document


def test_a_file_with_a_byte_order_mark_is_taken() -> None:
    assert recipes.imported("\ufeff" + RECIPE)
    with pytest.raises(RecipeWrong):
        recipes.imported("[]")
