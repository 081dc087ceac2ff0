"""Judges calls by a vendor's published contract, with a validator that knows neither the adapter nor the simulator."""

from typing import Any

from openapi_schema_validator import OAS30Validator

from webapp.integrations.kit.answer import Answer, Call
from webapp.integrations.kit.http import ProviderClient


class Recording(ProviderClient):
    """A client that keeps every call as it goes out."""

    sent: list[Call]

    def _exchange(self, call: Call) -> Answer:
        self.sent.append(call)
        return super()._exchange(call)


def resolved(spec: dict[str, Any], node: Any) -> Any:
    """The node behind a chain of references."""
    while isinstance(node, dict) and "$ref" in node:
        found: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def problems(spec: dict[str, Any], schema: Any, value: Any, *, is_closed: bool = False) -> list[str]:
    """`is_closed` allows no key that the contract does not name: a wrong name of a filter would be ignored silently."""
    checked = {**resolved(spec, schema), "components": spec["components"]}
    if is_closed and "properties" in checked:
        checked["additionalProperties"] = False
    return [f"{error.json_path}: {error.message}" for error in OAS30Validator(checked).iter_errors(value)]


def template_of(spec: dict[str, Any], path: str) -> str:
    """The path of the contract that an address fits, `/agents/{id}/rates`; the address itself when none does."""
    parts = path.split("/")
    for template in sorted(spec["paths"], key=lambda one: one.count("{")):
        pieces = template.split("/")
        if len(pieces) == len(parts) and all(
            piece == part or piece.startswith("{") for piece, part in zip(pieces, parts, strict=True)
        ):
            return str(template)
    return path
