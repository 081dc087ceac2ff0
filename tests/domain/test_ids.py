"""Public ids."""

import pytest

from webapp.domain.ids import public_id, public_ids

AT = 1_764_000_000_000


def test_an_id_tells_its_kind_and_its_moment() -> None:
    first, later = public_id("bk", AT), public_id("bk", AT + 1)
    assert first.startswith("bk_01KAV")
    assert len(first) == len("bk_") + 26
    assert first < later


def test_ids_of_one_moment_ascend_and_differ() -> None:
    found = public_ids("bk", AT, 2_000)
    assert found == sorted(set(found))
    assert len(found) == 2_000
    assert {len(one) for one in found} == {len(public_id("bk", AT))}
    assert {one[:13] for one in found} == {public_id("bk", AT)[:13]}


def test_no_ids_are_made_for_nobody_and_too_many_are_refused() -> None:
    assert public_ids("bk", AT, 0) == []
    with pytest.raises(ValueError, match="too many"):
        public_ids("bk", AT, 1 << 20)


def test_two_batches_of_one_moment_share_no_id() -> None:
    assert not set(public_ids("bk", AT, 500)) & set(public_ids("bk", AT, 500))
