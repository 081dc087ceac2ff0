"""`./run mutate`: changes a sample of services and kit in a copy of this tree and counts what no test notices.

No part of ./run test: it takes minutes a module. How to read the result is in docs/mutation.md.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from tools.environment import ROOT, VENV
from tools.mutants import Chosen, NoSuchModule, draw, modules, near_tests

COPY = ROOT / "build/mutation"
COPIED = (
    "babel.cfg", "docs", "pyproject.toml", "requirements", "run", "scheduler.py", "simulator", "tests", "tools", "webapp",
)  # fmt: skip
SEED = 20260714
STOPPING_SECONDS = 20
# Sentences and log lines: another wording is no fault a test should find.
NO_FAULTS = (r"\bN_\(", r"\b_?log(ger)?\.")


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    modules: tuple[str, ...]
    most: int
    seed: int
    minutes: float
    tests: int


def prepare(paths: Sequence[Path], tests: Sequence[str]) -> None:
    """A fresh copy of the tree with mutmut's settings for this run."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, COPY / name)
    with (COPY / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(_settings(paths, tests))


def _settings(paths: Sequence[Path], tests: Sequence[str]) -> str:
    copied = [name for name in COPIED if name not in ("pyproject.toml", "tests", "webapp")]
    lines = {
        "source_paths": ["webapp"],
        "only_mutate": [str(path) for path in paths],
        "also_copy": copied,
        "do_not_mutate_patterns": list(NO_FAULTS),
        "pytest_add_cli_args": [
            "-p",
            "no:cacheprovider",
            "-k",
            "not postgres",
        ],  # a server a mutant is too much
        "pytest_add_cli_args_test_selection": list(tests),
    }
    # A list of strings reads the same in JSON and in TOML.
    written = "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
    return f"\n[tool.mutmut]\n{written}timeout_multiplier = 5.0\ntimeout_constant = 5.0\n"


def run(chosen: Sequence[Chosen], wish: Wish) -> None:
    """Learns which test runs which function; tries each mutant with the quickest of them; tries the survivors with all."""
    until = time.monotonic() + wish.minutes * 60
    names = [name for module in chosen for name in module.mutants]
    _mutmut(names[:1], until)
    stats = COPY / "mutants/mutmut-stats.json"
    if not stats.exists():
        raise SystemExit(f"mutmut stopped before the first mutant; see {COPY / 'mutmut.log'}")
    everything = stats.read_bytes()
    _keep_quickest(stats, wish.tests)
    _mutmut(names, until)
    stats.write_bytes(everything)
    left = [name for module in chosen for name, status in outcomes(module) if status == "survived"]
    if left and time.monotonic() < until:
        _mutmut(left, until)


def _mutmut(names: Sequence[str], until: float) -> None:
    command = ["nice", "-n", "19", str(VENV / "bin/mutmut"), "run", "--max-children", "1", *names]
    with (COPY / "mutmut.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=COPY, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            process.wait(max(1.0, until - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as stopped:
            _stop(process)
            if isinstance(stopped, KeyboardInterrupt):
                raise


def _stop(process: subprocess.Popen[bytes]) -> None:
    """What has been found so far is on the disk already."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(STOPPING_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _keep_quickest(stats: Path, most: int) -> None:
    """A function that every test runs would be tried with every test; the quickest `most` find most of it."""
    known = json.loads(stats.read_text(encoding="utf-8"))
    seconds = known["duration_by_test"]
    for function, tests in known["tests_by_mangled_function_name"].items():
        quickest = sorted(tests, key=lambda test: (seconds.get(test, 0.0), test))
        known["tests_by_mangled_function_name"][function] = quickest[:most]
    stats.write_text(json.dumps(known), encoding="utf-8")


def outcomes(module: Chosen) -> Iterator[tuple[str, str]]:
    """(mutant, killed | survived | timeout | no tests | not checked | …) for each that was drawn."""
    meta = COPY / f"mutants/{module.path}.meta"
    codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"] if meta.exists() else {}
    for name in module.mutants:
        yield name, status_by_exit_code[codes.get(name)]


def report(chosen: Sequence[Chosen]) -> None:
    """A table in Markdown, then each survivor's change."""
    total: Counter[str] = Counter()
    columns = ("killed", "timeout", "survived", "no tests", "not checked")
    print("| module | possible | drawn | killed | timeout | survived | no test runs it | not reached |")
    print("|---|---|---|---|---|---|---|---|")
    survivors: list[tuple[str, Path]] = []
    for module in chosen:
        results = tuple(outcomes(module))
        counted = Counter(status for _, status in results)
        total += counted
        survivors += [(name, module.path) for name, status in results if status in ("survived", "no tests")]
        figures = " | ".join(str(counted[column]) for column in columns)
        print(f"| {module.path.stem} | {module.possible} | {len(module.mutants)} | {figures} |")
    noticed, tried = total["killed"] + total["timeout"], total.total() - total["not checked"]
    print(f"\n{noticed} of {tried} noticed" + (f": {noticed / tried:.0%}" if tried else ""))
    with contextlib.chdir(COPY):
        for name, path in survivors:
            print(f"\n# {name}\n{get_diff_for_mutant(name, path=path).strip()}")


def _wish(arguments: Sequence[str]) -> Wish:
    parser = argparse.ArgumentParser(prog="./run mutate", description=__doc__)
    parser.add_argument("modules", nargs="*", help="facts, kit/guard, 'sync_*'; without: all")
    parser.add_argument(
        "--most", type=int, default=8, help="mutants a module (three times as many of a weighty one)"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="which ones are drawn")
    parser.add_argument("--minutes", type=float, default=60, help="when it stops at the latest")
    parser.add_argument("--tests", type=int, default=40, help="tests a mutant, the quickest first")
    return Wish(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str]) -> int:
    wish = _wish(arguments)
    try:
        paths = modules(ROOT, wish.modules)
    except NoSuchModule as missing:
        print(f"no module {missing} in webapp/services or webapp/integrations/kit", file=sys.stderr)
        return 2
    tests = near_tests(ROOT, paths)
    prepare(paths, tests)
    with contextlib.chdir(COPY):
        drawn = [draw(COPY, path, most=wish.most, seed=wish.seed) for path in paths]
    chosen = [module for module in drawn if module.mutants]
    print(f"{sum(len(module.mutants) for module in chosen)} mutants, {len(tests)} test files", flush=True)
    run(chosen, wish)
    report(chosen)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
