"""What `_` of a template says is markup, so it may only be given sentences of our own."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "webapp" / "templates"
_NO_LITERAL = re.compile(r"""(?<![\w.])n?gettext\(\s*[^"'\s]|(?<![\w.])_\(\s*[^"'\s]""")


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_only_sentences_of_our_own_are_translated_in_templates(path: Path) -> None:
    assert _NO_LITERAL.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("wrong", ["{{ _(guest.name) }}", "{{ gettext(text) }}", "{{ _( row.word ) }}"])
def test_a_variable_would_be_found(wrong: str) -> None:
    assert _NO_LITERAL.search(wrong)
    assert not _NO_LITERAL.search("{{ _('Guest %(name)s', name=guest.name) }} {{ value_(x) }}")
