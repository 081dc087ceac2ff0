"""Every route of the URL map, and whom it lets in: generated, so a new route cannot be forgotten."""

from collections.abc import Callable

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import BuildError, Rule

from tests.cast import ADA, BEN, IAN, Browser, Character, open_browser
from tests.conftest import app_of
from webapp.models import Role
from webapp.routes import guards
from webapp.routes.guards import Audience, audience_of
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]

# A value for each kind of placeholder; nothing has these ids, since who may ask is decided before what is asked for.
PLACEHOLDERS = {"UnicodeConverter": "none_such", "IntegerConverter": 0, "PathConverter": "none/such"}
READING = {"GET"}
WRITING = {"POST", "PUT", "PATCH", "DELETE"}


def doors(app: Flask) -> list[tuple[str, str, Audience]]:
    """(method, address, audience) of every rule and method, without files."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint == "static":
                continue
            audience = audience_of(app, rule.endpoint)
            assert audience is not None, rule
            for method in sorted((rule.methods or set()) & (READING | WRITING)):
                found.append((method, address_of(app, rule), audience))
    return found


def address_of(app: Flask, rule: Rule) -> str:
    values = {name: PLACEHOLDERS[type(converter).__name__] for name, converter in rule._converters.items()}
    try:
        built = rule.build(values, append_unknown=False)
    except BuildError:
        built = None
    assert built is not None, f"give this rule's placeholders values: {rule}"
    return built[1]


def test_a_stranger_is_sent_to_sign_in_from_every_page(app: Flask, client_of: ClientOf) -> None:
    cleo = client_of(None)
    closed = [door for door in doors(app) if door[2] > Audience.ALL]
    assert closed
    for method, address, _ in closed:
        answer = cleo.open(address, method=method)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login"), (method, address)


def test_a_stranger_gets_a_banner_in_place_of_a_partial(app: Flask, client_of: ClientOf) -> None:
    cleo = client_of(None)
    for method, address, audience in doors(app):
        if audience > Audience.ALL:
            answer = cleo.open(address, method=method, hx=True)
            assert answer.status_code == 401, (method, address)
            assert answer.headers["HX-Retarget"] == "#banner"
            assert "<html" not in answer.text


@pytest.mark.parametrize(
    ("person", "refused"),
    [(BEN, {Audience.ADMIN, Audience.OWNER}), (IAN, {Audience.OWNER})],
    ids=["Ben", "Ian"],
)
def test_a_role_ends_at_its_doors(
    app: Flask, client_of: ClientOf, person: Character, refused: set[Audience]
) -> None:
    browser = client_of(person)
    for method, address, audience in doors(app):
        if audience in refused:
            assert browser.open(address, method=method).status_code == 403, (method, address)


def test_an_owner_is_refused_nowhere(app: Flask, client_of: ClientOf) -> None:
    for method, address, _ in doors(app):
        if method == "GET":
            assert client_of(ADA).get(address).status_code != 403, address


def test_nothing_is_changed_without_a_csrf_token(app: Flask, client_of: ClientOf) -> None:
    protected = [
        (method, address)
        for method, address, _ in doors(app)
        if method in WRITING
        and not address.startswith("/api/")  # programs and vendors have no session to ride on
    ]
    assert protected
    ada = client_of(ADA)
    for method, address in protected:
        answer = ada.open(address, method=method, csrf=False)
        assert answer.status_code == 400, (method, address)
        assert "open too long" in answer.text


def test_people_and_their_roles_are_for_owners(app: Flask) -> None:
    audiences = {address: audience for _, address, audience in doors(app)}
    assert audiences["/settings/security/users"] is Audience.OWNER
    assert audiences["/account"] is Audience.STAFF


def test_a_route_that_does_not_say_whom_it_is_for_keeps_the_program_from_starting(app: Flask) -> None:
    app._got_first_request = False
    silent = Blueprint("silent", __name__)
    silent.add_url_rule("/silent", view_func=lambda: "")
    app.register_blueprint(silent)
    with pytest.raises(RuntimeError, match="/silent"):
        guards.require_audiences(app)


def test_a_view_may_be_stricter_than_its_blueprint(app: Flask) -> None:
    app._got_first_request = False
    mixed = guards.open_to(Role.STAFF)(Blueprint("mixed", __name__))

    @mixed.get("/mixed/a")
    def a() -> str:
        return ""

    @mixed.get("/mixed/b")
    @guards.open_to(Role.OWNER)
    def b() -> str:
        return ""

    app.register_blueprint(mixed)
    assert audience_of(app, "mixed.a") is Audience.STAFF
    assert audience_of(app, "mixed.b") is Audience.OWNER


def test_before_the_set_up_every_page_leads_there(runtime: Runtime) -> None:
    app = app_of(runtime)
    cleo = app.test_client()
    for method, address, _ in doors(app):
        if method == "GET" and address not in {"/setup", "/healthz", "/readyz"}:
            answer = cleo.get(address)
            if address.startswith("/api/"):  # programs are told instead
                assert answer.status_code == 503, address
                continue
            assert (answer.status_code, answer.location) == (303, "/setup"), address
    partial = cleo.get("/account", headers={"HX-Request": "true"})
    assert partial.headers["HX-Redirect"] == "/setup"


def test_before_the_set_up_a_program_is_told_and_the_theme_can_be_chosen(runtime: Runtime) -> None:
    app = app_of(runtime)
    app.add_url_rule("/api/v1/stand-in", view_func=guards.open_to_all(lambda: ""), endpoint="stand_in")
    browser = open_browser(app, runtime, None)
    answer = browser.get("/api/v1/stand-in")
    assert (answer.status_code, answer.json["code"]) == (503, "not_ready")  # type: ignore[index]
    assert browser.post("/theme", data={"theme": "dark", "next": "/setup"}).location == "/setup"
    assert 'data-theme="dark"' in browser.get("/setup").text
