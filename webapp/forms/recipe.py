"""What the recipe editor posts: rows of fields and statuses beside the JSON, read into plain edits."""

from collections.abc import Iterator

from flask import request
from werkzeug.datastructures import MultiDict

from webapp.domain.value import Value
from webapp.services.recipe_words import PAGING_FIELDS
from webapp.services.recipes import Edits, merged

SOURCE, TRANSFORM = "source-", "transform-"
USED_AS = "as:"
WORD, TARGET = "word-", "target-"
LARGEST_UPLOAD = 200_000


class RecipeEntry(Value, frozen=True):
    """`act` is the pressed button (`save`, `sample`, `add-field`, `map:WORD:target`, `use:PATH` …); `document` holds
    all edits. `chosen` is what the value at that path is to be used as, `answer` the sealed sample of the page, and
    `undo` the document before the last step."""

    act: str
    document: str
    added_field: str
    pasted: str
    note: str = ""
    chosen: str = ""
    answer: str = ""
    undo: str = ""


def recipe_entry(act: str | None = None) -> RecipeEntry:
    """Reads the request."""
    form = request.form
    document, act = form.get("document", ""), act or form.get("act", "apply")
    return RecipeEntry(
        act=act,
        document=merged(document, form.get("shown", ""), _edits(form)),
        added_field=form.get("added_field", ""),
        pasted=_uploaded() or form.get("pasted", ""),
        note=form.get("note", ""),
        chosen=form.get(USED_AS + act.removeprefix("use:"), ""),
        answer=form.get("answer", ""),
        undo=form.get("undo", "").replace("\r\n", "\n").strip(),
    )


def _edits(form: MultiDict[str, str]) -> Edits:
    return Edits(
        path=form.get("path", ""),
        select=form.get("select", ""),
        paging={name: form.get(f"paging-{name}", "") for name in ("kind", *PAGING_FIELDS)},
        fields=[
            (key.removeprefix(SOURCE), form[key], form.get(TRANSFORM + key.removeprefix(SOURCE), ""))
            for key in form
            if key.startswith(SOURCE)
        ],
        statuses=list(_statuses(form)),
    )


def _statuses(form: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    for key in form:
        if key.startswith(WORD):
            yield form[key], form.get(TARGET + key.removeprefix(WORD), "")


def _uploaded() -> str:
    """The text of an uploaded file; empty when there is none. What is no text becomes something no recipe is."""
    file = request.files.get("file")
    return file.read(LARGEST_UPLOAD).decode(errors="replace") if file and file.filename else ""
