"""Which modules are mutated, by which changes, and which tests are near enough to notice: choices, no running."""

import ast
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

FOLDERS = ("webapp/services", "webapp/integrations/kit")
# Where a fault costs a booking, a fact or a secret: these get three times as many changes as the others.
WEIGHTY = frozenset(
    "applying applying_bookings applying_guests facts hit_applying hit_claims hit_reading hit_reception hit_storing "
    "inbox leases masking passwords sync_bites sync_claims sync_gone sync_pages sync_plan sync_settling "
    "sync_sifting sync_walk throttling auth guard http paging select signatures".split()
)
NEAR_ENOUGH = 2  # test files; with fewer, the search goes one importer further
FARTHEST = 5  # importers between a test and the module it is to watch
MOST_FILES = 6  # of a module that nearly everything uses
TOO_SLOW = (
    "tests.e2e.",
    "tests.chaos.",
    "tests.cli.",
    "tests.integrations.pms.",
)  # whole processes, whole vendors


class NoSuchModule(Exception):
    """A word of the command line that names no module of FOLDERS."""


@dataclass(frozen=True)
class Chosen:
    """One module with the names of the mutants drawn for it, as mutmut calls them."""

    path: Path
    mutants: tuple[str, ...]
    possible: int


def modules(root: Path, words: Sequence[str]) -> tuple[Path, ...]:
    """Paths relative to `root`: those named by stem or by path, all of FOLDERS without words.

    Raises NoSuchModule. A word may end in * (`sync_*`).
    """
    every = [path.relative_to(root) for folder in FOLDERS for path in sorted((root / folder).glob("*.py"))]
    every = [path for path in every if path.stem != "__init__"]
    if not words:
        return tuple(every)
    chosen: list[Path] = []
    for word in words:
        fitting = [path for path in every if path.match(word if word.endswith(".py") else f"{word}.py")]
        if not fitting:
            raise NoSuchModule(word)
        chosen += [path for path in fitting if path not in chosen]
    return tuple(chosen)


def draw(root: Path, path: Path, *, most: int, seed: int) -> Chosen:
    """Up to `most` mutants of one module (three times as many of a weighty one), the same ones for the same seed.

    mutmut reads its settings from the current folder, so this is called inside the copy that was made for it.
    """
    names = mutate_file_contents(str(path), (root / path).read_text(encoding="utf-8")).mutant_names
    names = sorted(get_mutant_name(path, name) for name in names)
    wanted = most * (3 if path.stem in WEIGHTY else 1)
    drawn = random.Random(f"{seed} {path}").sample(names, min(wanted, len(names)))  # noqa: S311  # repeatable
    return Chosen(path, tuple(sorted(drawn)), len(names))


def near_tests(root: Path, paths: Iterable[Path]) -> tuple[str, ...]:
    """Test files that import the modules, or else what imports them; relative to `root`, sorted."""
    importers = _importers(root)
    found: set[str] = set()
    for path in paths:
        found |= _near_tests(root, _dotted(path), importers)
    return tuple(sorted(name.replace(".", "/") + ".py" for name in found))


def _near_tests(root: Path, module: str, importers: Mapping[str, set[str]]) -> set[str]:
    """Of the module's own layer; of any where that has none, as for a view that only a page shows."""
    layer = "tests.integrations." if ".integrations." in module else "tests.services."
    for begins in (layer, "tests."):
        found = _by_kinship(module, _climb(root, module, importers, begins))[:MOST_FILES]
        if found:
            break
    return set(found)


def _climb(root: Path, module: str, importers: Mapping[str, set[str]], begins: str) -> set[str]:
    """Test modules whose names begin so, from importer to importer until there are enough."""
    seen, edge, found = {module}, {module}, set[str]()
    for _ in range(FARTHEST):
        mirrors = {name for name in map(_mirror, edge) if (root / f"{name.replace('.', '/')}.py").exists()}
        found |= {name for name in edge | mirrors if _is_test(name) and name.startswith(begins)}
        if len(found) >= NEAR_ENOUGH:
            break
        edge = {user for name in edge for user in importers.get(name, ())} - seen
        seen |= edge
    return found


def _mirror(module: str) -> str:
    """`webapp.routes.api.feeds` has its tests in `tests.routes.api.test_feeds`."""
    _, _, inner = module.partition(".")
    folder, _, name = inner.rpartition(".")
    return f"tests.{folder}.test_{name}"


def _is_test(name: str) -> bool:
    return name.rpartition(".")[2].startswith("test_") and not name.startswith(TOO_SLOW)


def _by_kinship(module: str, tests: Iterable[str]) -> list[str]:
    """Those first that are called alike: `test_sync_requests` and `test_syncing` for `sync_walk`."""
    first = module.rpartition(".")[2].partition("_")[0]
    return sorted(tests, key=lambda test: (not test.rpartition(".")[2].startswith(f"test_{first}"), test))


def _importers(root: Path) -> Mapping[str, set[str]]:
    """Who imports a module, by dotted names, in webapp and in tests."""
    users: defaultdict[str, set[str]] = defaultdict(set)
    for folder in ("webapp", "tests"):
        for path in (root / folder).rglob("*.py"):
            here = _dotted(path.relative_to(root))
            for name in _imported(here, ast.parse(path.read_text(encoding="utf-8"))):
                users[name].add(here)
    return users


def _imported(here: str, tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(here.split(".")[: -node.level]) if node.level else ""
            source = ".".join(part for part in (above, node.module) if part)
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def _dotted(path: Path) -> str:
    return path.with_suffix("").as_posix().replace("/", ".")
