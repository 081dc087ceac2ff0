"""Searches the guides that come with the hub, without internet: sections ranked by their words, the passage marked."""

import re
from collections.abc import Mapping
from functools import lru_cache
from math import log

from webapp.domain.text import search_words
from webapp.domain.value import Value

from . import guide_library
from .guide_library import LibraryGuide, LibrarySection

MOST = 10
MOST_WORDS = 8
AROUND = 110
"""Letters shown before and behind the first word that fits."""
IN_TITLE, IN_NAME = 4.0, 2.0
"""What a word is worth in a section's title, and in the guide's, beside one in the text."""

_WORD = re.compile(r"\w+")
_EMPTY = frozenset(
    "a an and are as at be but by can do does for from how i if in is it its my no not of on or our that the their then "
    "there this to was we what when where which why with you your".split()
)


class Piece(Value, frozen=True):
    """A piece of a passage; `is_hit` is a word that was looked for."""

    text: str
    is_hit: bool = False


class Passage(Value, frozen=True):
    """A section that fits, and the place in it that fits best."""

    guide: str
    guide_title: str
    anchor: str
    title: str
    pieces: tuple[Piece, ...]


class _Indexed(Value, frozen=True):
    guide: LibraryGuide
    section: LibrarySection
    name: frozenset[str]
    title: frozenset[str]
    lines: tuple[tuple[str, ...], ...]


def search(text: str, values: Mapping[str, str]) -> tuple[Passage, ...]:
    """The best first; sections with every word stand before those with some. `values` as for the library."""
    wanted = _wanted(text)
    if not wanted:
        return ()
    index = _index(tuple(sorted(values.items())))
    weights = {word: log(1 + len(index) / (1 + sum(_has(one, word) for one in index))) for word in wanted}
    ranked = []
    for number, one in enumerate(index):
        scores = [_score(one, word) * weights[word] for word in wanted]
        if any(scores):
            ranked.append((sum(1 for score in scores if score), sum(scores), -number))
    ranked.sort(reverse=True)
    return tuple(_passage(index[-number], weights) for _count, _total, number in ranked[:MOST])


def _wanted(text: str) -> tuple[str, ...]:
    words = dict.fromkeys(word for token in _WORD.findall(text) for word in search_words(token).split())
    meant = [word for word in words if word not in _EMPTY] or list(words)
    return tuple(_singular(word) for word in meant[:MOST_WORDS])


def _singular(word: str) -> str:
    """Beginnings fit, so without its s a plural finds both."""
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=4)
def _index(values: tuple[tuple[str, str], ...]) -> tuple[_Indexed, ...]:
    return tuple(
        _Indexed(
            guide,
            section,
            frozenset(_tokens(guide.title)),
            frozenset(_tokens(section.title)),
            tuple(_tokens(line) for line in section.lines),
        )
        for guide in guide_library.every(dict(values))
        for section in guide.sections
    )


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(word for token in _WORD.findall(text) for word in search_words(token).split())


def _fits(token: str, word: str) -> bool:
    """The beginning of a longer word is enough from three letters on."""
    return token == word or (len(word) > 2 and token.startswith(word))


def _has(one: _Indexed, word: str) -> bool:
    return _score(one, word) > 0


def _score(one: _Indexed, word: str) -> float:
    in_lines = sum(1 for line in one.lines if any(_fits(token, word) for token in line))
    in_title = any(_fits(token, word) for token in one.title)
    in_name = any(_fits(token, word) for token in one.name)
    return min(in_lines, 4) + IN_TITLE * in_title + IN_NAME * in_name


def _passage(one: _Indexed, weights: Mapping[str, float]) -> Passage:
    best, most = "", -1.0
    for text, tokens in zip(one.section.lines, one.lines, strict=True):
        worth = sum(weight for word, weight in weights.items() if any(_fits(token, word) for token in tokens))
        if worth > most:
            best, most = text, worth
    return Passage(
        one.guide.key, one.guide.title, one.section.anchor, one.section.title, _marked(best, tuple(weights))
    )


def _marked(text: str, wanted: tuple[str, ...]) -> tuple[Piece, ...]:
    hits = [
        found.span()
        for found in _WORD.finditer(text)
        if any(_fits(token, word) for token in search_words(found.group()).split() for word in wanted)
    ]
    begin = max(hits[0][0] - AROUND, 0) if hits else 0
    begin = text.find(" ", begin) + 1 if begin else 0
    end = begin + 2 * AROUND
    end = len(text) if len(text) <= end else text.rfind(" ", begin, end) if " " in text[begin:end] else end
    pieces, at = [Piece("… ")] if begin else [], begin
    for first, last in hits:
        if last > end:
            break
        pieces += [Piece(text[at:first]), Piece(text[first:last], is_hit=True)]
        at = last
    pieces.append(Piece(text[at:end] + (" …" if end < len(text) else "")))
    return tuple(piece for piece in pieces if piece.text)
