"""Guides: the steps inside a provider's own screens, read from Markdown into plain blocks; no HTML passes through."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from webapp.domain.wording import N_

_PACKAGE = Path(__file__).parent.parent
FOLDERS = (_PACKAGE / "provider_guides", _PACKAGE.parent / "docs/providers")
"""In an installed wheel, and in the repository."""

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_NUMBERED = re.compile(r"\d+[.)]\s+(.+)")
_BULLET = re.compile(r"[-*+]\s+(.+)")
_INLINE = re.compile(r"\*\*(?P<strong>.+?)\*\*|`(?P<code>[^`]+)`|\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)")
_PLACE = re.compile(r"\{\{\s*hub\.([a-z_]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line. `url` is set for links, which lead to http(s) addresses only."""

    kind: Literal["text", "strong", "code", "link"]
    text: str
    url: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (one line), a list (a line per item), a code block or a heading (one line)."""

    kind: Literal["paragraph", "list", "code", "heading"]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do and tick; `more` is what stands under it."""

    title: Line
    more: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """`steps` are the numbered ones of the first list, `rest` everything after it."""

    intro: tuple[Block, ...]
    steps: tuple[Step, ...]
    rest: tuple[Block, ...] = ()


GENERAL_STEPS = (
    N_("Log into your PMS admin panel"),
    N_("Navigate to API/Integrations section"),
    N_("Generate API key/credentials"),
    N_("Note the API endpoint URL"),
    N_("Whitelist our webhook IPs (if required)"),
)
"""For a provider whose own guide is not part of this version."""


def guide_of(provider: str, values: Mapping[str, str]) -> Guide:
    """The provider's guide with our values in the places `{{hub.name}}`; the general steps when it has none."""
    text = _text(provider)
    if text is None:
        return Guide((), tuple(Step((Span("text", title),)) for title in GENERAL_STEPS))
    return parse(_PLACE.sub(lambda place: values.get(place[1], place[0]), text))


def parse(text: str) -> Guide:
    """Markdown as the guides use it: headings, paragraphs, numbered and plain lists, code; the rest stays text."""
    intro: list[Block] = []
    steps: list[Step] = []
    rest: list[Block] = []
    is_over = False
    for kind, indent, lines in _pieces(text):
        if kind == "step":
            if not is_over:
                steps.append(Step(_spans(lines[0])))
            else:
                rest.append(Block("list", (_spans(lines[0]),)))
            continue
        block = _block(kind, lines)
        if not steps:
            intro.append(block)
        elif indent and not is_over:
            steps[-1] = Step(steps[-1].title, (*steps[-1].more, block))
        else:
            is_over = True
            rest.append(block)
    return Guide(tuple(intro), tuple(steps), _joined(rest))


Piece = tuple[str, bool, list[str]]


def _pieces(text: str) -> Iterator[Piece]:
    """(kind, is indented, lines) of every block; the first heading is the page's own title and left out."""
    lines = iter(text.splitlines())
    has_title = False
    waiting: Piece | None = None
    for line in lines:
        bare = line.strip()
        indent = line[:1].isspace()
        if bare.startswith("```"):
            if waiting:
                yield waiting
            waiting = None
            yield "code", indent, list(_until_fence(lines))
            continue
        kind, content = _kind_of(bare)
        if kind == "heading" and not has_title and bare.startswith("# "):
            has_title = True
            continue
        if kind == "step" and indent:
            kind = "list"
        if kind == "paragraph" and waiting is not None and waiting[0] in ("paragraph", "list", "step"):
            waiting[2][-1] += f" {content}"
            continue
        if kind == "list" and waiting is not None and (waiting[0], waiting[1]) == ("list", indent):
            waiting[2].append(content)
            continue
        if waiting:
            yield waiting
        waiting = (kind, indent, [content]) if kind else None
    if waiting:
        yield waiting


def _kind_of(bare: str) -> tuple[str, str]:
    """("", "") for an empty line."""
    if found := _HEADING.fullmatch(bare):
        return "heading", found[2]
    if found := _NUMBERED.fullmatch(bare):
        return "step", found[1]
    if found := _BULLET.fullmatch(bare):
        return "list", found[1]
    return ("paragraph", bare) if bare else ("", "")


def _until_fence(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.strip().startswith("```"):
            return
        yield line


def _block(kind: str, lines: list[str]) -> Block:
    if kind == "code":
        width = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        return Block("code", ((Span("code", "\n".join(line[width:] for line in lines)),),))
    if kind == "list":
        return Block("list", tuple(_spans(line) for line in lines))
    return Block("heading" if kind == "heading" else "paragraph", (_spans(lines[0]),))


def _joined(blocks: list[Block]) -> tuple[Block, ...]:
    """Neighbouring lists are one."""
    joined: list[Block] = []
    for block in blocks:
        if block.kind == "list" and joined and joined[-1].kind == "list":
            joined[-1] = Block("list", (*joined[-1].lines, *block.lines))
        else:
            joined.append(block)
    return tuple(joined)


def _spans(text: str) -> Line:
    spans: list[Span] = []
    end = 0
    for found in _INLINE.finditer(text):
        if found.start() > end:
            spans.append(Span("text", text[end : found.start()]))
        end = found.end()
        if found["strong"]:
            spans.append(Span("strong", found["strong"]))
        elif found["code"]:
            spans.append(Span("code", found["code"]))
        elif found["url"].startswith(("https://", "http://")):
            spans.append(Span("link", found["label"], found["url"]))
        else:
            spans.append(Span("text", found["label"]))
    if end < len(text):
        spans.append(Span("text", text[end:]))
    return tuple(spans)


@lru_cache(maxsize=32)
def _text(provider: str) -> str | None:
    if not _KEY.fullmatch(provider):
        return None
    for folder in FOLDERS:
        file = folder / f"{provider}.md"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None
