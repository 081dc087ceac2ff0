"""One step of the recipe editor: what the pressed button makes of the document, and the sample it is shown with."""

from typing import Any

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.forms.recipe import RecipeEntry
from webapp.integrations.kit.errors import RecipeWrong
from webapp.services import recipe_answers, recipe_clicks, recipe_samples, recipe_tree, recipes
from webapp.services.recipe_samples import SampleView

from . import recipe_words, tree_words
from .context import current_runtime
from .i18n import say

KEEPING = frozenset({"apply", "sample", "save"})
"""Buttons that are no step of their own: what the last step can be undone to stays."""


_TOO_LARGE = N_("This is not JSON, or it is too large. Paste a whole answer of the API.")


class Edited(Value, frozen=True):
    """The document after one button, a complaint about what was pasted, and the document that Undo brings back.

    `answer` is what is clicked through, `sealed` the same as it travels in the page, `clicked` the path whose value was just
    used."""

    document: str
    complaint: str = ""
    undo: str = ""
    answer: bytes = b""
    sealed: str = ""
    clicked: str = ""


def edited(provider: str, entry: RecipeEntry) -> Edited:
    """What one press makes of the posted editor; nothing is asked of the provider and nothing is stored."""
    runtime = current_runtime()
    answer, sealed = recipe_answers.opened(runtime, entry.answer), entry.answer
    try:
        document = _after(provider, entry)
        if entry.act in ("start-sample", "start-answer"):
            answer = _pasted(entry)
            sealed = recipe_answers.seal(runtime, answer)
    except RecipeWrong as error:
        return Edited(entry.document, say(error.problem), entry.undo, answer, sealed if answer else "")
    if entry.act == "undo":
        undo = ""
    elif document != entry.document and entry.act not in KEEPING:
        undo = entry.document
    else:
        undo = entry.undo
    clicked = entry.act.removeprefix("use:") if entry.act.startswith("use:") else ""
    return Edited(document, "", undo, answer, sealed if answer else "", clicked)


def sample_of(provider: str, step: Edited, fetched: SampleView | None) -> tuple[SampleView | None, str]:
    """The sample to show after a step, and the sealed answer that goes with it. `fetched` has just come."""
    if fetched is None:
        kept = recipe_samples.read(provider, step.document, step.answer) if step.answer else None
        return kept, step.sealed
    if fetched.fault is not None:
        return fetched, step.sealed
    short = recipe_answers.cut(fetched.answer)
    if not short:
        return recipe_samples.read(provider, step.document, fetched.answer), ""
    return recipe_samples.read(provider, step.document, short), recipe_answers.seal(current_runtime(), short)


def sample_view(
    provider: str, step: Edited, fetched: SampleView | None, running: str = ""
) -> tuple[dict[str, Any], dict[str, int]]:
    """What the editor's partial needs of the sample, and its words without a meaning. `running` is the recipe that
    syncs use: what the edited one reads differently is told by field."""
    sample, sealed = sample_of(provider, step, fetched)
    tree = recipe_tree.grown(provider, step.document, sample.answer) if sample and sealed else None
    is_changed = bool(running and sample and sealed and sample.is_ready)
    changed = (
        tree_words.changes(recipe_samples.read(provider, running, sample.answer), sample)
        if sample and is_changed
        else ()
    )
    view = {
        "sample": recipe_words.sample(sample) if sample else None,
        "tree": tree_words.tree(tree) if tree else None,
        "sample_changes": changed,
        "compares": is_changed,
        "sealed": sealed,
        "undo": step.undo,
        "clicked": step.clicked,
        "complaint": step.complaint,
    }
    return view, dict(sample.unmapped) if sample else {}


def _after(provider: str, entry: RecipeEntry) -> str:
    """Raises RecipeWrong for what was pasted."""
    act, _colon, about = entry.act.partition(":")
    match act:
        case "start-blank":
            return recipes.blank(provider)
        case "start-recipe":
            return recipes.imported(entry.pasted)
        case "start-sample":
            return recipes.proposed(provider, entry.pasted)
        case "add-field":
            return recipes.with_field(entry.document, entry.added_field)
        case "map":
            word, _colon, target = about.rpartition(":")
            return recipes.with_status(entry.document, word, target)
        case "use":
            fit = recipe_clicks.fit_of(entry.chosen)
            return recipe_clicks.with_value(entry.document, about, fit) if fit else entry.document
        case "list":
            return recipe_clicks.with_list(entry.document, about)
        case "undo":
            return entry.undo or entry.document
        case _:
            return entry.document


def _pasted(entry: RecipeEntry) -> bytes:
    """Raises RecipeWrong for what cannot be clicked through."""
    short = recipe_answers.cut(entry.pasted.encode())
    if not short:
        raise RecipeWrong("sample", _TOO_LARGE)
    return short
