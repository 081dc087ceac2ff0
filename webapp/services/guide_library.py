"""The guides that come with the hub: how each provider is connected, and how the hub is run; read without internet."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from webapp.domain.value import Value
from webapp.integrations import registry

from . import guides
from .guides import Block, Line

_PACKAGE = Path(__file__).parent.parent
FOLDERS = (_PACKAGE / "product_guides", _PACKAGE.parent / "docs")
"""In an installed wheel, and in the repository."""
PRODUCT = (
    "support",
    "install",
    "settings",
    "syncing",
    "webhooks",
    "outgoing-webhooks",
    "doctor",
    "logs-and-health",
    "api",
    "reliability",
)
"""Those of `docs/` that are for hotels; pyproject.toml puts the same into the wheel."""

_TITLE = re.compile(r"^#\s+(.+)$", re.MULTILINE)
_NOT_OF_ANCHORS = re.compile(r"[^a-z0-9]+")


class LibrarySection(Value, frozen=True):
    """`anchor` is unique within its guide; `lines` are its words as plain text, a paragraph, item or row each."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    lines: tuple[str, ...]


class LibraryGuide(Value, frozen=True):
    """`provider` is empty for guides about the hub itself."""

    key: str
    title: str
    provider: str
    sections: tuple[LibrarySection, ...]


class NoSuchGuide(LookupError):
    """This version has no guide of that name."""


def every(values: Mapping[str, str]) -> tuple[LibraryGuide, ...]:
    """Providers first. `values` fill the guides' own `{{names}}`."""
    return _every(tuple(sorted(values.items())))


def find(key: str, values: Mapping[str, str]) -> LibraryGuide:
    """Raises NoSuchGuide."""
    found = next((one for one in every(values) if one.key == key), None)
    if found is None:
        raise NoSuchGuide(key)
    return found


@lru_cache(maxsize=4)
def _every(values: tuple[tuple[str, str], ...]) -> tuple[LibraryGuide, ...]:
    wanted = [(key, key, guides.FOLDERS) for key in registry.PROVIDERS]
    wanted += [(key, "", FOLDERS) for key in PRODUCT]
    found = []
    for key, provider, folders in wanted:
        text = next(
            (file.read_text("utf-8") for folder in folders if (file := folder / f"{key}.md").is_file()), ""
        )
        for name, value in values:
            text = text.replace("{{" + name + "}}", value)
        if text:
            found.append(_guide(key, provider, text))
    return tuple(found)


def _guide(key: str, provider: str, text: str) -> LibraryGuide:
    title = _TITLE.search(text)
    plain = guides.plain(title[1]) if title else key
    sections: list[LibrarySection] = []
    taken: set[str] = set()
    for one in guides.parse(text):
        name = guides.plain(one.title)
        anchor = _anchor(name, taken)
        sections.append(LibrarySection(anchor, name, one.blocks, tuple(_lines(one.blocks))))
    return LibraryGuide(key, plain, provider, tuple(sections))


def _anchor(title: str, taken: set[str]) -> str:
    stem = _NOT_OF_ANCHORS.sub("-", title.lower()).strip("-") or "top"
    anchor, number = f"s-{stem}", 1
    while anchor in taken:
        number += 1
        anchor = f"s-{stem}-{number}"
    taken.add(anchor)
    return anchor


def _lines(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if block.kind == "table":
            yield from (" · ".join(_text(cell) for cell in row) for row in block.rows[1:])
        elif block.kind == "steps":
            for step in block.steps:
                yield _text(step.title)
                yield from _lines(step.more)
        else:
            yield from (part for line in block.lines for part in _text(line).splitlines() if part.strip())


def _text(line: Line) -> str:
    return "".join(span.text for span in line)
