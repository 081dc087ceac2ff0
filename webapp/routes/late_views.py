"""Pages whose code is loaded when somebody asks for one: a start knows their addresses and who may call them."""

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from flask import Blueprint, Flask
from flask.typing import RouteCallable
from werkzeug.routing import Rule

from webapp.domain import shapes

from . import guards
from .guards import Audience

_HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "url_value_preprocessors",
    "url_default_functions",
    "error_handler_spec",
)


class LateRule(Rule):
    """Writes its code for making an address when one is made: at once and for all pages, that is a tenth of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        write = super()._compile_builder
        written: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not written:
                written.append(write(append_unknown))
            return written[0](rule, **values)

        return build


class Address(NamedTuple):
    """One rule of the blueprint in `module`, and whom it is open to."""

    module: str
    endpoint: str
    rule: str
    methods: tuple[str, ...]
    audience: Audience


def read(text: str, package: str) -> list[Address]:
    """A table as `tools.addresses` writes it: the name of a module, below it its addresses, indented."""
    found = []
    module = ""
    for line in text.splitlines():
        if line.startswith(" "):
            audience, methods, endpoint, rule = line.split()
            found.append(Address(module, endpoint, rule, tuple(methods.split(",")), Audience[audience]))
        elif line:
            module = f"{package}.{line}"
    return found


def written(table: Sequence[Address]) -> str:
    """What `read` reads."""
    lines: list[str] = []
    module = ""
    for one in table:
        if one.module != module:
            module = one.module
            lines.append(module.rpartition(".")[2])
        lines.append(f"    {one.audience.name:5} {','.join(one.methods):4} {one.endpoint} {one.rule}")
    return "\n".join([*lines, ""])


def register(app: Flask, table: Sequence[Address]) -> None:
    """The views of a table, which must be complete for each module that it names."""
    by_module: dict[str, list[Address]] = {}
    for address in table:
        by_module.setdefault(address.module, []).append(address)
    for name, addresses in by_module.items():
        module = _Module(name, addresses)
        for address in addresses:
            app.add_url_rule(
                address.rule, address.endpoint, module.view(address), methods=list(address.methods)
            )


def function(module: str, name: str) -> Callable[..., Any]:
    """A function of `module`, which is loaded when it is called."""

    found: list[Callable[..., Any]] = []

    def late(*given: Any) -> Any:
        if not found:
            found.append(getattr(_loaded(module), name))
        return found[0](*given)

    return late


def declared(module: ModuleType) -> tuple[list[Address], dict[str, RouteCallable]]:
    """What a module's blueprint `pages` says itself, and its views by endpoint.

    Raises RuntimeError when a route does not say whom it is open to, and for a blueprint that does more than route:
    that would not be there before it is loaded.
    """
    blueprint: Blueprint = module.pages
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(blueprint)
    addresses = []
    for rule in app.url_map.iter_rules():
        audience = guards.audience_of(app, rule.endpoint)
        if audience is None:
            raise RuntimeError(f"{rule.rule} does not say whom it is open to")
        methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        addresses.append(Address(module.__name__, rule.endpoint, rule.rule, methods, audience))
    if len(blueprint.deferred_functions) > len(addresses) or any(getattr(blueprint, on) for on in _HOOKS):
        raise RuntimeError(f"{blueprint.name} has hooks of its own: put them on the app or on its views")
    return addresses, dict(app.view_functions)


def _loaded(module: str) -> ModuleType:
    found = import_module(module)
    shapes.make_ready()
    return found


class _Module:
    """Its views, once one of them is asked for."""

    def __init__(self, name: str, addresses: list[Address]) -> None:
        self._name = name
        self._addresses = addresses
        self._views: dict[str, RouteCallable] | None = None

    def view(self, address: Address) -> RouteCallable:
        def late(**values: object) -> Any:
            views = self._views or self._loaded()
            return views[address.endpoint](**values)

        return guards.open_to_audience(address.audience)(late)

    def _loaded(self) -> dict[str, RouteCallable]:
        """Raises RuntimeError when the module says other things than the table: nobody comes in by an old word."""
        addresses, views = declared(_loaded(self._name))
        if addresses != self._addresses:
            raise RuntimeError(
                f"the table of addresses is not that of {self._name}; run: python -m tools.addresses"
            )
        self._views = views
        return views
