"""Jinja's environment: what a template sees without being told."""

from flask import Flask

from webapp.routes.templating import Globals, Templates


def test_the_names_are_those_of_every_layer_each_once() -> None:
    known = Globals({"a": 1, "b": 2}, {"b": 3, "c": 4})
    assert known.keys() == {"a", "b", "c"}
    assert dict(known) == {"a": 1, "b": 2, "c": 4}


def test_a_template_sees_its_own_globals_before_those_of_all() -> None:
    app = Flask(__name__)
    app.jinja_environment = Templates
    app.jinja_env.globals["word"] = "all"
    assert app.jinja_env.from_string("{{ word }}").render() == "all"
    assert app.jinja_env.from_string("{{ word }}", globals={"word": "own"}).render() == "own"
    assert app.jinja_env.globals["word"] == "all"
