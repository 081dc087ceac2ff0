"""A throwaway catalogue for tests of what is said in another language."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from webapp.routes import i18n

Words = Mapping[str | tuple[str, str], str | tuple[str, str]]
InGerman = Callable[[Words], None]


@pytest.fixture
def in_german(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InGerman]:
    """Call it with sentences and their translations; they are all the German there is."""

    def compile_words(words: Words) -> None:
        catalogue = Catalog(locale="de")
        for sentence, translation in words.items():
            catalogue.add(sentence, translation)
        folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "messages.mo").open("wb") as file:
            write_mo(file, catalogue)
        monkeypatch.setattr(i18n, "FOLDER", tmp_path / "locale")
        _forget()

    yield compile_words
    _forget()


def _forget() -> None:
    i18n.languages.cache_clear()
    i18n._translations.cache_clear()
