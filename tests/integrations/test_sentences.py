"""What adapters say to people can be translated: no sentence is written where gettext does not find it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted((ROOT / "webapp/integrations").rglob("*.py")) + sorted((ROOT / "webapp/services").rglob("*.py"))
# Which argument of what is shown to people.
SAID = {"RecipeWrong": 1, "Unreadable": 0, "Sentence": 0, "SignatureRejected": 0, "Skipped": 1}
NAMED = {"ContractBroken": 0}
"""What is given here is a place in an answer, which nobody translates; more than a few words are a sentence."""
MOST_WORDS = 3
NESTED = {"sentence", "reason", "problem", "message", "advice"}
"""Attributes that hold a Sentence, or the message id that one was made with."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in CODE:
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def marked() -> set[str]:
    """Names of constants that are message ids, or sentences of them."""
    return {
        target.id
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_marked(node.value, frozenset())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def is_marked(node: ast.expr, names: frozenset[str]) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "N_":
            return len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
        if node.func.id == "Sentence":
            return bool(node.args) and is_marked(node.args[0], names)
        return node.func.id in ("reason_of", "at_place")
    if isinstance(node, ast.Attribute):
        return node.attr in NESTED
    return isinstance(node, ast.Name) and node.id in names


def unmarked(tree: ast.AST, names: frozenset[str]) -> Iterator[int]:
    """Lines of calls that say something gettext does not find. Variables are allowed: their types are checked, and
    what they hold was made by a call that is looked at here as well."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called in NAMED and node.args and words_in(node.args[0]) > MOST_WORDS:
            yield node.lineno
        place = SAID.get(called)
        if place is None or len(node.args) <= place:
            continue
        text = node.args[place]
        if isinstance(text, ast.Name) and not text.id.isupper():
            continue
        if not is_marked(text, names):
            yield node.lineno


def words_in(node: ast.expr) -> int:
    """Of a text as it stands in the code, what is filled in left out."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [part.value for part in parts if isinstance(part, ast.Constant)]
    return len(" ".join(str(text) for text in texts).split())


def unmarked_words_of_errors(tree: ast.AST, names: frozenset[str]) -> Iterator[int]:
    """Lines of error classes whose `message` or `advice` gettext does not find; payloads, where they begin empty,
    are no errors."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for line in node.body:
            target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
            value = getattr(line, "value", None)
            if not isinstance(target, ast.Name) or target.id not in ("message", "advice") or value is None:
                continue
            is_empty = isinstance(value, ast.Constant) and not value.value
            if not is_empty and not is_marked(value, names):
                yield line.lineno


def test_every_kind_of_error_says_what_can_be_translated() -> None:
    names = frozenset(marked())
    found = {name: lines for name, tree in trees() if (lines := list(unmarked_words_of_errors(tree, names)))}
    assert not found
    assert list(unmarked_words_of_errors(ast.parse('class Odd(Error):\n    advice = "Call us."'), names)) == [
        2
    ]


def test_no_plain_sentence_is_said_to_people() -> None:
    names = frozenset(marked())
    found = {name: lines for name, tree in trees() if (lines := list(unmarked(tree, names)))}
    assert not found, "mark these with N_(), and give what varies as parameters"


@pytest.mark.parametrize(
    "said",
    [
        'RecipeWrong("streams", "It is missing.")',
        'RecipeWrong("streams", f"There is no {name}.")',
        'RecipeWrong("streams", N_(f"There is no {name}."))',
        'Unreadable("status is missing")',
        'Unreadable("%s is missing" % name)',
        'Skipped("7", "no date")',
        'Skipped("7", Sentence("no date"))',
        'Skipped("7", str(error))',
        'SignatureRejected("it is " + what)',
        "SignatureRejected(UNKNOWN)",
        'ContractBroken(f"paging: more than {most} pages")',
        'errors.RecipeWrong("streams", "It is missing." if name else N_("It is there."))',
    ],
)
def test_a_plain_sentence_would_be_noticed(said: str) -> None:
    assert list(unmarked(ast.parse(said), frozenset({"MISSING"})))


@pytest.mark.parametrize(
    "said",
    [
        'RecipeWrong("streams", N_("There is no %(name)s."), name=name)',
        "Unreadable(MISSING, field=name)",
        'Skipped("7", Sentence(MISSING, {"field": name}))',
        'Skipped("7", error.sentence)',
        'ContractBroken(f"{method}: data")',
    ],
)
def test_a_marked_one_is_let_through(said: str) -> None:
    assert not list(unmarked(ast.parse(said), frozenset({"MISSING"})))
