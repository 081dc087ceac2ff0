"""What lists with a filter have in common: the filter in the address, chips that take parts of it away, files to download."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Response, stream_with_context, url_for
from wtforms import Form

from webapp.domain.value import Value

from .context import the_hotel

Options = tuple[tuple[str, str], ...]
_FORMULA = tuple("=+-@\t\r")


class Chip(Value, frozen=True):
    """A link that shows another list; `is_current` marks the one shown."""

    label: str
    url: str
    is_current: bool = False


def options(field: Any) -> Options:
    """Value and label of each choice."""
    return tuple((option.value, str(option.label)) for option in field.iter_choices())


def problems(form: Form) -> tuple[str, ...]:
    """What is wrong with a filter, a sentence each."""
    return tuple(f"{field.label.text}: {error}" for field in form for error in field.errors)


def asked(form: Form) -> dict[str, str]:
    """The filter as parameters of an address, without what is as it would be anyway or was not understood."""
    found = {}
    for field in form:
        value = field._value() if hasattr(field, "_value") else field.data
        if value and value != field.default and not field.errors:
            found[field.name] = str(value)
    return found


def address(endpoint: str, filtered: Mapping[str, str], **changes: str | None) -> str:
    """Of the list with some parameters changed; an empty value takes one away."""
    merged: dict[str, Any] = {**filtered, **changes}
    return url_for(endpoint, **{name: value for name, value in merged.items() if value})


def narrowed_by(
    endpoint: str, form: Form, filtered: Mapping[str, str], words: Mapping[str, object]
) -> tuple[Chip, ...]:
    """What can be taken away one by one; `words` says each value, and leaves out what has a switch of its own."""
    labels = {field.name: str(field.label.text) for field in form}
    return tuple(
        Chip(f"{labels[name]}: {words[name]}", address(endpoint, filtered, **{name: None}))
        for name in filtered
        if name in words
    )


def csv_line(values: Iterable[object]) -> str:
    """Moments in ISO 8601; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    line = io.StringIO()
    csv.writer(line).writerow([_cell(value) for value in values])
    return line.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def download(subject: str, ending: str, mimetype: str, lines: Iterator[str]) -> Response:
    """A file written while it is sent, named after the subject and the business date."""
    name = f"{subject}-{the_hotel().business_date.isoformat()}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(lines), mimetype=mimetype, headers=headers)
