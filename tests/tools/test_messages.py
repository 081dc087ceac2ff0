"""The collected sentences."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po, write_po

from tools import messages


@pytest.fixture(scope="module")
def collected() -> Catalog:
    return messages.collect()


@pytest.fixture
def collected_once(collected: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the whole code takes seconds."""
    monkeypatch.setattr(messages, "collect", lambda: collected)


@pytest.mark.usefixtures("collected_once")
def test_every_visible_sentence_is_collected() -> None:
    new, gone = messages.differences()
    assert not new | gone, "run: .venv/bin/python -m tools.messages"


def test_sentences_come_from_templates_routes_forms_and_services(collected: Catalog) -> None:
    found = {sentence for sentence, _ in messages.sentences(collected)}
    assert "Skip to the content" in found  # _() in a template
    assert "This e-mail address and password do not belong together." in found  # _() in a route
    assert "Enter your e-mail address." in found  # lazy() in a form
    assert "This is the last owner. Make somebody else an owner first." in found  # N_() in a service
    assert ("%(num)s person", "%(num)s people") in found  # ngettext() in a template
    assert "Copy" in found  # in a folder whose name begins with an underscore


@pytest.mark.usefixtures("collected_once")
def test_a_language_keeps_its_translations_and_learns_new_sentences(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    monkeypatch.setattr(messages, "TEMPLATE", tmp_path / "messages.pot")
    folder = tmp_path / "de/LC_MESSAGES"
    folder.mkdir(parents=True)
    german = Catalog(locale="de")
    german.add("Sign in", "Anmelden")
    with (folder / "messages.po").open("wb") as file:
        write_po(file, german)
    count = messages.write()
    with (folder / "messages.po").open("rb") as file:
        merged = read_po(file, locale="de")
    with (folder / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    assert len(messages.sentences(merged)) == count
    assert merged["Sign in"].string == compiled["Sign in"].string == "Anmelden"


@pytest.mark.usefixtures("collected_once")
def test_writing_again_changes_no_byte(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    monkeypatch.setattr(messages, "TEMPLATE", tmp_path / "messages.pot")
    messages.write()
    first = messages.TEMPLATE.read_bytes()
    messages.write()
    assert messages.TEMPLATE.read_bytes() == first
    assert b"Creation-Date" not in first
