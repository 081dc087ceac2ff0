"""Pages that are loaded by their first visitor: what stands in their place says the same, and no less strictly."""

import sys
from types import ModuleType

import pytest
from flask import Blueprint, Flask, url_for

from tools import addresses
from webapp.models import Role
from webapp.routes import late_views, pages
from webapp.routes.guards import Audience, audience_of, open_to
from webapp.routes.late_views import Address, declared
from webapp.routes.pages.addresses import ADDRESSES
from webapp.routes.pages.lent_parts import PARTS


def page(blueprint: Blueprint) -> ModuleType:
    module = ModuleType("tests.planted_page")
    module.pages = blueprint  # type: ignore[attr-defined]
    return module


def planted() -> Blueprint:
    blueprint = open_to(Role.STAFF)(Blueprint("planted", __name__))
    blueprint.add_url_rule("/planted", view_func=lambda: "here", endpoint="index")
    blueprint.add_url_rule("/planted/<int:number>", view_func=lambda number: f"no. {number}", endpoint="show")
    return blueprint


def test_the_table_says_what_the_pages_say() -> None:
    table = late_views.read(ADDRESSES, pages.__name__)
    assert table == addresses.collect(), "run: .venv/bin/python -m tools.addresses"


def test_a_table_is_read_as_it_was_written() -> None:
    table = [
        Address("a.package.one", "one.index", "/one", ("GET",), Audience.ALL),
        Address("a.package.one", "one.save", "/one", ("DELETE", "POST"), Audience.OWNER),
        Address("a.package.two", "two.show", "/two/<int:number>", ("GET",), Audience.STAFF),
    ]
    assert late_views.read(late_views.written(table), "a.package") == table


def test_a_page_is_loaded_by_its_first_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask(__name__)
    late_views.register(app, declared(page(planted()))[0])
    assert audience_of(app, "planted.index") is Audience.STAFF
    monkeypatch.setitem(sys.modules, "tests.planted_page", page(planted()))
    client = app.test_client()
    assert [client.get("/planted").text, client.get("/planted/7").text] == ["here", "no. 7"]
    assert client.post("/planted").status_code == 405


def test_a_page_that_became_stricter_than_its_table_answers_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask(__name__)
    app.testing = True
    late_views.register(app, declared(page(planted()))[0])
    monkeypatch.setitem(sys.modules, "tests.planted_page", page(open_to(Role.OWNER)(planted())))
    with pytest.raises(RuntimeError, match=r"run: python -m tools\.addresses"):
        app.test_client().get("/planted")


def test_a_route_that_does_not_say_whom_it_is_for_comes_into_no_table() -> None:
    silent = Blueprint("silent", __name__)
    silent.add_url_rule("/silent", view_func=lambda: "")
    with pytest.raises(RuntimeError, match="/silent does not say"):
        declared(page(silent))


def test_a_page_with_hooks_of_its_own_comes_into_no_table() -> None:
    """They would not be there before the page is loaded."""
    hooked, recording = planted(), planted()
    hooked.before_request(lambda: None)
    recording.record(lambda _state: None)
    for blueprint in (hooked, recording):
        with pytest.raises(RuntimeError, match="has hooks of its own"):
            declared(page(blueprint))


def test_every_part_that_pages_lend_each_other_is_there(app: Flask) -> None:
    for name, module, function in PARTS:
        assert callable(getattr(__import__(f"webapp.routes.{module}", fromlist=[function]), function)), name
        assert name in app.jinja_env.globals


def test_an_address_is_built_as_by_any_rule(app: Flask) -> None:
    with app.test_request_context():
        built = [
            url_for("bookings.show", public_id="bk_ä 1"),
            url_for("log_entries.show", entry_id=7, part="body"),
            url_for("dashboard.index", _external=True),
        ]
    assert built == [
        "/bookings/bk_%C3%A4%201",
        "/integrations/logs/7?part=body",
        "http://localhost/",
    ]
