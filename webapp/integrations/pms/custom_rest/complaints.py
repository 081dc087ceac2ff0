"""Complaints about a recipe that are made in more than one place, or out of another library's words."""

import re
from collections.abc import Sequence

from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations.kit.contract import Skipped
from webapp.integrations.kit.errors import RecipeWrong

IT_IS_MISSING = N_("It is missing.")
NOTHING_AT = N_("The answer has no “%(path)s”.")

# What msgspec says of a document of the wrong shape, in sentences that can be translated.
_SHAPES: Sequence[tuple[re.Pattern[str], str]] = (
    (
        re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<given>[^`]+)`"),
        N_("%(wanted)s was expected, not %(given)s."),
    ),
    (re.compile(r"Expected `(?P<wanted>.+)`"), N_("%(wanted)s was expected.")),
    (re.compile(r"Object missing required field `(?P<name>[^`]+)`"), N_("The field “%(name)s” is missing.")),
    (
        re.compile(r"Object contains unknown field `(?P<name>[^`]+)`"),
        N_("There is no field “%(name)s” here."),
    ),
    (re.compile(r"Invalid enum value (?P<value>.+)"), N_("%(value)s is not one of the possible values.")),
)


def shape_problem(where: str, said: str) -> RecipeWrong:
    """`said` is the decoder's message without its place."""
    for pattern, text in _SHAPES:
        if found := pattern.fullmatch(said):
            return RecipeWrong(where, text, **found.groupdict())
    return RecipeWrong(where, N_("It does not have the right shape: %(said)s."), said=said)


def unreadable_record(stream: Stream, skipped: Skipped) -> RecipeWrong:
    where = f"streams.{stream.value}.fields"
    return RecipeWrong(where, N_("A record cannot be read: %(reason)s."), reason=skipped.reason)
