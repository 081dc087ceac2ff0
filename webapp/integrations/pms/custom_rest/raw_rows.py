"""Takes an answer apart without decoding its records: the part that paging looks at, and each record's own bytes."""

from typing import Any

import msgspec

from webapp.integrations.kit.answer import Answer, without_nul
from webapp.integrations.kit.select import PathMissing, records, steps

_level = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_any = msgspec.json.Decoder().decode


def split(answer: Answer, select: str) -> tuple[Any, list[msgspec.Raw]]:
    """The answer with an empty list where its records stood, and the records.

    Raises ContractBroken or AnswerTruncated for what is no JSON, PathMissing as `records` does.
    """
    keys = steps(select)
    if all(isinstance(key, str) and key != "*" and not key.isdigit() for key in keys):
        try:
            return _split(without_nul(answer.body), tuple(str(key) for key in keys))
        except (msgspec.DecodeError, UnicodeDecodeError, PathMissing):
            pass  # no list there, or no JSON at all: judged below
    body = answer.json()
    return body, [msgspec.Raw(msgspec.json.encode(row)) for row in records(body, select)]


def _split(body: bytes | msgspec.Raw, keys: tuple[str, ...]) -> tuple[Any, list[msgspec.Raw]]:
    if not keys:
        return [], _list(body)
    level = _level(body)
    inside = level.pop(keys[0], None)
    if inside is None:
        raise PathMissing(keys[0])
    below, rows = _split(inside, keys[1:])
    rest: dict[str, Any] = {key: _any(value) for key, value in level.items()}
    rest[keys[0]] = below
    return rest, rows
