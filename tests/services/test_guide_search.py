"""The guides' search: ranked, folded, with the passage marked; and the wheel carries what is searched."""

import tomllib
from pathlib import Path

import pytest

from webapp.integrations import registry
from webapp.services import guide_library, guide_search
from webapp.services.guide_library import NoSuchGuide

ROOT = Path(__file__).parents[2]
VALUES = {"public_base_url": "https://hub.example", "outgoing_address": "192.0.2.7"}


def search(text: str) -> tuple[guide_search.Passage, ...]:
    return guide_search.search(text, VALUES)


def test_a_section_with_every_word_stands_first() -> None:
    best = search("access tokens of Guesty")[0]
    assert best.guide == "guesty"
    marked = [piece.text.lower() for piece in best.pieces if piece.is_hit]
    assert "token" in marked


def test_the_beginning_of_a_word_and_other_spellings_are_enough() -> None:
    assert search("BACKUPS")[0].guide == "install"
    assert [one.guide for one in search("webhóók")] == [one.guide for one in search("webhook")]


def test_words_that_say_nothing_do_not_count() -> None:
    assert search("how do I restore a backup")[0].anchor == search("restore backup")[0].anchor


@pytest.mark.parametrize("text", ["", "   ", "?!", "xyzzyplugh"])
def test_nothing_is_found_for_nothing(text: str) -> None:
    assert search(text) == ()


def test_every_passage_leads_to_a_section_that_is_there() -> None:
    for one in search("connection webhook key"):
        guide = guide_library.find(one.guide, VALUES)
        assert [section.anchor for section in guide.sections].count(one.anchor) == 1
        assert "".join(piece.text for piece in one.pieces)


def test_every_provider_and_the_product_have_guides_with_our_own_values() -> None:
    found = {one.key: one for one in guide_library.every(VALUES)}
    assert set(registry.PROVIDERS) <= set(found)
    assert {"support", "install", "settings"} <= set(found)
    assert any("192.0.2.7" in line for part in found["guesty"].sections for line in part.lines)
    with pytest.raises(NoSuchGuide):
        guide_library.find("../secret", VALUES)


def test_the_wheel_carries_the_same_guides() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for key in guide_library.PRODUCT:
        assert carried[f"docs/{key}.md"] == f"webapp/product_guides/{key}.md"
        assert (ROOT / f"docs/{key}.md").is_file()
