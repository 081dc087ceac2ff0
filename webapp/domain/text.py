"""Folding of names and numbers, so that a search finds Łukasz by lukasz and Müller by muller or mueller."""

import unicodedata
from functools import lru_cache

# NFKD leaves these letters alone.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_APOSTROPHES = str.maketrans({"'": "", "’": "", "ʼ": "", "`": ""})


def fold(text: str) -> str:
    """Lower case, no accents, single spaces: `"Ruiz  Peña"` -> `"ruiz pena"`."""
    return " ".join(_words(text))


def search_words(*texts: str) -> str:
    """The folded words of all texts, each once, with the German spelling of umlauts beside the plain one."""
    text = " ".join(texts)
    if text.isascii():
        return " ".join(dict.fromkeys(_words(text)))
    found: list[str] = []
    for word in text.split():
        if word.isascii() and word.isalnum():
            found.append(word.lower())
        else:
            found += _spellings(word)
    return " ".join(dict.fromkeys(found))


def _words(text: str) -> list[str]:
    if text.isascii():  # most names; a tenth of the cost
        lowered = text.lower()
        return (lowered.translate(_APOSTROPHES) if "'" in lowered or "`" in lowered else lowered).split()
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES).translate(_LETTERS)
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).split()


@lru_cache(maxsize=4096)  # the same names come again and again
def _spellings(word: str) -> tuple[str, ...]:
    words = _words(word)
    return tuple(words) if word.isascii() else (*words, *_words(word.lower().translate(_UMLAUTS)))
