"""How a value is found in a record: in decoded JSON, or in a type that was made for the recipe."""

from collections.abc import Sequence
from typing import Any, Protocol

from webapp.integrations.kit.select import Getter, PathMissing, getter, records

Rows = list[Any]


class Paths(Protocol):
    def get(self, path: str) -> Getter:
        """A function from a record to the value at the path; None when it is missing or null."""
        ...

    def many(self, paths: Sequence[str]) -> Getter | None:
        """A function from a record to a tuple of the values at two or more paths; it raises AttributeError for a
        record that lacks an object on the way. None where each is found by itself."""
        ...

    def rows(self, path: str) -> Getter:
        """A function from a record to the rows of a list inside it; empty when it is missing or null."""
        ...

    def is_day(self, path: str) -> bool:
        """Whether the decoder made a date of the value already."""
        ...


class JsonPaths:
    """Records as dicts."""

    def get(self, path: str) -> Getter:
        return getter(path)

    def many(self, _paths: Sequence[str]) -> None:
        return None

    def rows(self, path: str) -> Getter:
        """The usual one-key path takes no walk."""
        is_plain = path.replace("_", "a").isalnum()

        def find(record: dict[str, Any]) -> Rows:
            if is_plain:
                found = record.get(path)
                if type(found) is list:
                    return found
            try:
                return [row for row in records(record, path) if isinstance(row, dict)]
            except PathMissing:
                return []

        return find

    def is_day(self, _path: str) -> bool:
        return False


IN_JSON = JsonPaths()
