"""Renders one macro at a time, with the few globals that pages give them."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from bs4 import BeautifulSoup

TEMPLATES = Path(__file__).parents[2] / "webapp/templates"

Show = Callable[..., BeautifulSoup]


def _address(endpoint: str, filename: str) -> str:
    return f"/{endpoint}/{filename}"


def _plural(one: str, many: str, number: int) -> str:
    return one if number == 1 else many


@pytest.fixture
def show() -> Show:
    """`show("fields.html", "field(f)", f=...)`: the macro's HTML, parsed. An unknown name in a macro fails the test."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(str, _plural, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["number"] = "{:,}".format
    environment.globals.update(
        url_for=_address,
        file_url="/static/{}".format,
        state_shown=lambda state: ("bad", f"State {state}"),
        csrf_token=lambda: "a-token",
        request=SimpleNamespace(script_root="", path="/"),
    )

    def render(file: str, call: str, **given: object) -> BeautifulSoup:
        name = call.split("(", 1)[0]
        source = f'{{% from "_ui/{file}" import {name} %}}{{{{ {call} }}}}'
        return BeautifulSoup(environment.from_string(source).render(given), "html.parser")

    return render
