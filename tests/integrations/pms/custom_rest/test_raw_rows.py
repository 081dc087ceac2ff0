"""Answers taken apart: the records keep their bytes, paging sees the rest."""

import msgspec
import pytest

from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.errors import AnswerTruncated, ContractBroken
from webapp.integrations.kit.select import PathMissing, records
from webapp.integrations.pms.custom_rest.raw_rows import Splitter, split


def answer(body: bytes) -> Answer:
    return Answer(200, {}, body, 1, "/bookings")


def test_records_keep_their_bytes_and_paging_sees_the_rest() -> None:
    body = b'{"data": {"items": [{"id":  1.50}, {"id":2}], "next": "c2"}, "ok": true}'
    rest, rows = split(answer(body), "data.items")
    assert [bytes(row) for row in rows] == [b'{"id":  1.50}', b'{"id":2}']
    assert rest == {"data": {"items": [], "next": "c2"}, "ok": True}


@pytest.mark.parametrize(
    ("body", "select"),
    [
        (b"[1, {}]", ""),
        (b'{"a": {"x": {"id": 1}, "y": {"id": 2}}}', "a.*"),
        (b'{"a": {"id": 1}}', "a"),
        (b'{"a": null}', "a"),
        (b'{"a": [[{"id": 1}]]}', "a.0"),
        (b'{"a": []}', "a"),
        (b'{"id": 1}', ""),
    ],
)
def test_every_shape_gives_the_records_that_plain_json_gives(body: bytes, select: str) -> None:
    _, rows = split(answer(body), select)
    assert [msgspec.json.decode(row) for row in rows] == records(msgspec.json.decode(body), select)


def test_escaped_nul_characters_do_not_arrive() -> None:
    _, (row,) = split(answer(b'{"a": [{"id": "x\\u0000y"}]}'), "a")
    assert msgspec.json.decode(row) == {"id": "xy"}


def test_a_list_that_is_not_there_and_what_is_no_json_are_told_as_before() -> None:
    with pytest.raises(PathMissing):
        split(answer(b'{"b": []}'), "a")
    with pytest.raises(AnswerTruncated):
        split(answer(b'{"a": [{"id": 1}'), "a")
    with pytest.raises(ContractBroken):
        split(answer(b"<html>"), "a")


PAGES = (
    b'{"data": {"items": [{"id": 1}], "next": "c2"}, "ok": true}',
    b'{"ok": true, "data": {"next": "c3", "items": [{"id": 2}, {"id": 3}]}}',
    b'{"data": {"items": []}, "ok": null}',
    b'{"data": {"items": [{"id": 4}], "next": null}, "ok": false, "notice": {"text": "new"}}',
    b'{"data": {"items": {"id": 5}}}',
    b'{"data": {"items": [{"id": 6}], "next": ""}, "ok": true}',
)


def test_pages_that_look_alike_and_those_that_do_not_come_apart_as_one_by_one() -> None:
    splitter = Splitter("data.items")
    for body in PAGES:
        rest, rows = splitter.split(answer(body))
        alone, expected = split(answer(body), "data.items")
        assert (rest, [bytes(row) for row in rows]) == (alone, [bytes(row) for row in expected])


def test_a_later_page_that_is_no_json_or_has_no_list_is_told_as_a_first_one() -> None:
    splitter = Splitter("data.items")
    splitter.split(answer(PAGES[0]))
    with pytest.raises(ContractBroken):
        splitter.split(answer(b"<html>"))
    splitter.split(answer(PAGES[0]))
    with pytest.raises(AnswerTruncated):
        splitter.split(answer(PAGES[1][:-4]))
    splitter.split(answer(PAGES[0]))
    with pytest.raises(PathMissing):
        splitter.split(answer(b'{"data": {}}'))


def test_a_list_at_the_top_is_taken_apart_page_by_page() -> None:
    splitter = Splitter("")
    for number in (1, 2):
        rest, rows = splitter.split(answer(b'[{"id": %d}]' % number))
        assert (rest, [bytes(row) for row in rows]) == ([], [b'{"id": %d}' % number])
