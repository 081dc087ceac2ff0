"""The vendor's document says what the vendor does."""

import re
from pathlib import Path

import pytest

from simulator.control import VERBS
from simulator.faults import FaultKind
from simulator.paging import PagingKind
from simulator.pms.custom_rest import LISTS
from simulator.pms.custom_rest_shapes import STATES

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", DOCUMENT))


@pytest.mark.parametrize("word", [*FaultKind, *PagingKind, *STATES.values(), *LISTS, *(v for v in VERBS)])
def test_every_fault_paging_state_list_and_verb_is_documented(word: str) -> None:
    assert str(word) in NAMED


def test_every_filter_is_documented() -> None:
    assert {name for filters in LISTS.values() for name in filters} <= NAMED


def test_every_error_code_of_the_vendor_is_documented() -> None:
    sources = [*(ROOT / "simulator" / "pms").glob("*.py"), *(ROOT / "simulator").glob("*.py")]
    sources = [path for path in sources if path.name != "control.py"]
    codes = {code for path in sources for code in re.findall(r'"([A-Z]+_[A-Z_]+)"', path.read_text("utf-8"))}
    assert {"SCOPE_MISSING", "TOKEN_EXPIRED"} <= codes
    assert codes <= NAMED
