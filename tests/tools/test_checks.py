"""./run check: every tool has its say, also after one has failed."""

import sys

import pytest

from tools.checks import CHECKS, Check, run

GOOD = Check("good", (sys.executable, "-c", "print('nothing to see')"))
BAD = Check("bad", (sys.executable, "-c", "print('line 3: wrong'); raise SystemExit(4)"))


def test_all_checks_run_although_the_first_failed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([BAD, GOOD]) is False
    said = capsys.readouterr().out
    assert "FAILED" in said.splitlines()[0]
    assert "line 3: wrong" in said
    assert said.splitlines()[-1].startswith("good ")


def test_a_check_that_passed_takes_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([GOOD]) is True
    said = capsys.readouterr().out
    assert said.splitlines()[0].endswith("s  ok")
    assert "nothing to see" not in said


def test_every_kind_of_mistake_has_its_tool() -> None:
    asked = " ".join(word for check in CHECKS for word in check.command)
    for tool in ("mypy", "ruff check", "ruff format --check", "lint-imports", "deptry", "djlint --lint"):
        assert tool in asked
