"""Jinja as Flask sets it up, with imports of macros that do not count the template's globals one by one."""

from collections import ChainMap
from collections.abc import KeysView, MutableMapping
from typing import Any

from flask.templating import Environment


class Globals(ChainMap[str, Any]):
    """What a template sees without being told. Each of a page's fourteen imports asks for all names, and a ChainMap's
    own view looks every one of them up in Python, a twentieth of a page's time."""

    def keys(self) -> KeysView[str]:
        names: dict[str, Any] = {}
        for known in reversed(self.maps):
            names.update(known)
        return names.keys()


class Templates(Environment):
    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return Globals({} if d is None else d, self.globals)
