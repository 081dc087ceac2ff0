"""Recipes and mappers that were made before: they follow from the recipe's text alone, and a run that finds nothing
new would spend a tenth of its time on making them."""

from functools import lru_cache

import msgspec

from webapp.domain.stream import Stream

from .mapping import Mapper
from .problems import read
from .recipe import Recipe


def text_of(document: object) -> str:
    """A recipe as a connection keeps it, text or decoded JSON, as one text."""
    return document if isinstance(document, str) else msgspec.json.encode(document).decode()


@lru_cache(maxsize=16)
def recipe_of(text: str) -> Recipe:
    """Raises RecipeWrong, each time anew."""
    return read(text)


@lru_cache(maxsize=32)
def mapper_of(text: str, stream: Stream) -> Mapper:
    """May be shared by runs of several connections at once. Raises RecipeWrong."""
    return Mapper(recipe_of(text), stream)
