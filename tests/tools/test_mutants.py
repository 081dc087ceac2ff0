"""What ./run mutate changes and which tests it asks: the same for the same seed, and near the module."""

from contextlib import chdir
from pathlib import Path

import pytest

from tools.environment import ROOT
from tools.mutants import NoSuchModule, draw, modules, near_tests

SETTINGS = '[tool.mutmut]\nsource_paths = ["webapp"]\n'
CODE = '''"""Counts."""


def larger(one: int, other: int) -> int:
    return one if one > other else other


def total(numbers: list[int]) -> int:
    found = 0
    for number in numbers:
        found += number + 1
    return found
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two services, one above the other, and the tests of each layer."""
    for name, text in {
        "pyproject.toml": SETTINGS,
        "webapp/services/counting.py": CODE,
        "webapp/services/facts.py": CODE,
        "webapp/services/billing.py": "from .counting import total\n",
        "webapp/routes/bills.py": "from webapp.services import billing\n",
        "tests/services/test_counting.py": "from webapp.services.counting import larger\n",
        "tests/services/test_billing.py": "from webapp.services import billing\n",
        "webapp/services/shown.py": CODE,
        "webapp/routes/views.py": "from webapp.services import shown\n",
        "tests/services/stage.py": "from webapp.services import facts\n",
        "tests/services/test_staged.py": "from .stage import facts\n",
        "tests/services/test_others.py": "import json\n",
        "tests/routes/test_bills.py": "from webapp.services import counting\n",
        "tests/routes/test_views.py": "import json\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_modules_are_named_by_stem_by_folder_or_by_star() -> None:
    assert modules(ROOT, ["facts"]) == (Path("webapp/services/facts.py"),)
    assert modules(ROOT, ["kit/guard"]) == (Path("webapp/integrations/kit/guard.py"),)
    walks = [path.stem for path in modules(ROOT, ["sync_*"])]
    assert {"sync_walk", "sync_pages"} <= set(walks)
    assert all(stem.startswith("sync_") for stem in walks)
    assert set(modules(ROOT, ["facts", "sync_*"])) < set(modules(ROOT, []))


def test_a_module_that_is_not_there_is_told() -> None:
    with pytest.raises(NoSuchModule, match="fcats"):
        modules(ROOT, ["facts", "fcats"])


def test_the_same_seed_draws_the_same_changes(tree: Path) -> None:
    path = Path("webapp/services/counting.py")
    with chdir(tree):
        first, again = (draw(tree, path, most=4, seed=1) for _ in range(2))
        others = [draw(tree, path, most=4, seed=seed).mutants for seed in range(2, 6)]
    assert first == again
    assert len(first.mutants) == 4 < first.possible
    assert any(other != first.mutants for other in others)
    assert all(name.startswith("webapp.services.counting.x_") for name in first.mutants)


def test_a_weighty_module_gets_three_times_as_many(tree: Path) -> None:
    with chdir(tree):
        assert len(draw(tree, Path("webapp/services/facts.py"), most=2, seed=1).mutants) == 6


@pytest.mark.parametrize(
    ("module", "tests"),
    [
        ("counting", ("tests/services/test_billing.py", "tests/services/test_counting.py")),
        ("facts", ("tests/services/test_staged.py",)),
        ("shown", ("tests/routes/test_views.py",)),
    ],
    ids=["its own and its user's", "over a stage", "over the page that shows it"],
)
def test_the_nearest_tests_are_found_by_imports(tree: Path, module: str, tests: tuple[str, ...]) -> None:
    assert near_tests(tree, [Path(f"webapp/services/{module}.py")]) == tests
