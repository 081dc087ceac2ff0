"""Guides: what to do in a provider's own screens, read from Markdown into plain blocks; no HTML passes through."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from webapp.domain.value import Value
from webapp.domain.wording import N_

_PACKAGE = Path(__file__).parent.parent
FOLDERS = (_PACKAGE / "provider_guides", _PACKAGE.parent / "docs/providers")
"""In an installed wheel, and in the repository."""

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_NUMBERED = re.compile(r"\d+[.)]\s+(.+)")
_BULLET = re.compile(r"[-*+]\s+(.+)")
_RULE = re.compile(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?")
_INLINE = re.compile(
    r"\*\*(?P<strong>.+?)\*\*|`(?P<code>[^`]+)`|\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)|\*(?P<em>[^*\s][^*]*)\*"
)
_CELL = re.compile(r"(?<!\\)\|")


class Span(Value, frozen=True):
    """A piece of a line. `url` is set for links, which lead to http(s) addresses only."""

    kind: Literal["text", "strong", "em", "code", "link"]
    text: str
    url: str = ""


Line = tuple[Span, ...]


class Block(Value, frozen=True):
    """A paragraph, heading or code block (one line), a list (a line per item), a table (rows, the first is its head)
    or numbered steps."""

    kind: Literal["paragraph", "heading", "code", "list", "table", "steps"]
    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[Line, ...], ...] = ()
    steps: tuple["Step", ...] = ()


class Step(Value, frozen=True):
    """One thing to do and tick; `more` is what stands under it."""

    title: Line
    more: tuple[Block, ...] = ()


class Section(Value, frozen=True):
    """What stands under one heading; no title for what stands before the first."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return next((block.steps for block in self.blocks if block.kind == "steps"), ())


class Guide(Value, frozen=True):
    """`first` is the section whose steps get the credentials; `others` follow it."""

    first: Section
    others: tuple[Section, ...] = ()


GENERAL_STEPS = (
    N_("Log into your PMS admin panel"),
    N_("Navigate to API/Integrations section"),
    N_("Generate API key/credentials"),
    N_("Note the API endpoint URL"),
    N_("Whitelist our webhook IPs (if required)"),
)
"""For a provider whose own guide is not part of this version."""


def guide_of(provider: str, values: Mapping[str, str]) -> Guide:
    """The provider's guide with our `values` at their `{{names}}`; the general steps when it has none."""
    text = _text(provider)
    if text is None:
        steps = tuple(Step((Span("text", title),)) for title in GENERAL_STEPS)
        return Guide(Section("", (Block("steps", steps=steps),)))
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    sections = parse(text)
    with_steps = next((number for number, section in enumerate(sections) if section.steps), 0)
    return Guide(sections[with_steps], sections[with_steps + 1 :])


def parse(text: str) -> tuple[Section, ...]:
    """Markdown as the guides use it: headings, paragraphs, lists, tables, code; the rest stays text.

    The first heading of the first level is the page's own title and left out.
    """
    sections: list[Section] = [Section("", ())]
    for kind, indent, lines in _pieces(text):
        if kind == "title":
            continue
        if kind == "section":
            sections.append(Section(lines[0], ()))
            continue
        sections[-1] = Section(sections[-1].title, _with(sections[-1].blocks, kind, indent, lines))
    return tuple(section for section in sections if section.blocks or section.title)


def plain(text: str) -> str:
    """A line's words without its marks."""
    return "".join(span.text for span in _spans(text))


def _with(blocks: tuple[Block, ...], kind: str, indent: bool, lines: list[str]) -> tuple[Block, ...]:
    """The blocks and one more: steps gather, and what is indented belongs to the step above it."""
    last = blocks[-1] if blocks and blocks[-1].kind == "steps" else None
    if kind == "step":
        step = Step(_spans(lines[0]))
        if last is not None:
            return (*blocks[:-1], replace(last, steps=(*last.steps, step)))
        return (*blocks, Block("steps", steps=(step,)))
    block = _block(kind, lines)
    if last is not None and indent:
        step = replace(last.steps[-1], more=(*last.steps[-1].more, block))
        return (*blocks[:-1], replace(last, steps=(*last.steps[:-1], step)))
    return (*blocks, block)


def _block(kind: str, lines: list[str]) -> Block:
    if kind == "code":
        width = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        return Block("code", ((Span("code", "\n".join(line[width:] for line in lines)),),))
    if kind == "list":
        return Block("list", tuple(_spans(line) for line in lines))
    if kind == "table":
        return Block("table", rows=tuple(_cells(line) for line in lines if not _RULE.fullmatch(line)))
    return Block("heading" if kind == "heading" else "paragraph", (_spans(lines[0]),))


Piece = tuple[str, bool, list[str]]


def _pieces(text: str) -> Iterator[Piece]:
    """(kind, is indented, lines) of every block, wrapped lines joined."""
    lines = iter(text.splitlines())
    waiting: Piece | None = None
    for line in lines:
        bare, indent = line.strip(), line[:1].isspace()
        if bare.startswith("```"):
            if waiting:
                yield waiting
            waiting = None
            yield "code", indent, list(_until_fence(lines))
            continue
        kind, content = _kind_of(bare, indent)
        if waiting is not None and kind == "paragraph" and waiting[0] in ("paragraph", "list", "step"):
            waiting[2][-1] += f" {content}"
            continue
        if waiting is not None and kind in ("list", "table") and (waiting[0], waiting[1]) == (kind, indent):
            waiting[2].append(content)
            continue
        if waiting:
            yield waiting
        waiting = (kind, indent, [content]) if kind else None
    if waiting:
        yield waiting


def _kind_of(bare: str, indent: bool) -> tuple[str, str]:
    """("", "") for an empty line."""
    if found := _HEADING.fullmatch(bare):
        return {1: "title", 2: "section"}.get(len(found[1]), "heading"), found[2]
    if found := _NUMBERED.fullmatch(bare):
        return "list" if indent else "step", found[1]
    if found := _BULLET.fullmatch(bare):
        return "list", found[1]
    if bare.startswith("|"):
        return "table", bare
    return ("paragraph", bare) if bare else ("", "")


def _until_fence(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.strip().startswith("```"):
            return
        yield line


def _cells(line: str) -> tuple[Line, ...]:
    return tuple(_spans(cell.strip().replace("\\|", "|")) for cell in _CELL.split(line.strip().strip("|")))


def _spans(text: str) -> Line:
    spans: list[Span] = []
    end = 0
    for found in _INLINE.finditer(text):
        if found.start() > end:
            spans.append(Span("text", text[end : found.start()]))
        end = found.end()
        if found["strong"]:
            spans.append(Span("strong", found["strong"]))
        elif found["em"]:
            spans.append(Span("em", found["em"]))
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
