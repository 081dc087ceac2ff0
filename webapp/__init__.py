"""AI Hotel Assistant: the hub between a hotel's systems. `create_app` joins its web parts and starts no thread."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from flask_wtf import CSRFProtect
    from jinja2 import BytecodeCache

    from .runtime import Runtime
    from .settings import Settings

BROWSER_FILES = Path(__file__).parent / "static/vendor/.stamp"  # written when they are unpacked


class BrowserFilesMissing(Exception):
    """The style sheet, the scripts and the icons are not unpacked yet."""


def create_app(runtime: "Runtime", *, needs_browser_files: bool = True) -> "Flask":
    """The WSGI application over an open data folder.

    Raises BrowserFilesMissing, and RuntimeError when a route does not say whom it is open to.
    """
    from flask import Flask

    from .domain import shapes
    from .routes import guards, late_views, shell, templating

    app = Flask(__name__)
    app.jinja_environment = templating.Templates
    app.url_rule_class = late_views.LateRule
    if needs_browser_files and not BROWSER_FILES.is_file():
        raise BrowserFilesMissing("Browser files are missing. Run: ./run setup")
    bind(app, runtime)
    _configure(app, runtime.settings)
    csrf = _add_what_holds_everywhere(app, https=runtime.settings.cookies_are_secure)
    _add_entrances(app, csrf)
    guards.require_audiences(app)
    shell.init_app(app)
    shapes.make_ready()
    return app


def _configure(app: "Flask", settings: "Settings") -> None:
    from werkzeug.middleware.proxy_fix import ProxyFix

    app.config.update(
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # a token is worth as long as its session: a dashboard stays open all day
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.bytecode_cache = _compiled_templates(settings.data_dir)
    # Counts hops instead of naming addresses: the same for every server in front, and for tests. Without a trusted
    # proxy the headers are not read at all.
    hops = settings.trusted_proxy_count
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _add_what_holds_everywhere(app: "Flask", *, https: bool) -> "CSRFProtect":
    """In the order in which a request meets them."""
    from flask_htmx import HTMX
    from flask_wtf import CSRFProtect

    from .routes import errors, formatting, guards, headers, i18n, request_ids, sessions, uploads

    headers.init_app(app, https=https)
    request_ids.init_app(app)
    uploads.init_app(app)
    guards.init_app(app)
    sessions.init_app(app, secure=https)
    csrf = CSRFProtect(app)
    HTMX(app)
    i18n.init_app(app)
    formatting.init_app(app)
    errors.init_app(app)
    return csrf


def _add_entrances(app: "Flask", csrf: "CSRFProtect") -> None:
    from .routes import api, hooks, pages, state

    app.register_blueprint(state.probes)
    pages.init_app(app)
    for blueprint in hooks.BLUEPRINTS:  # vendors have no session to ride on
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    for blueprint in api.BLUEPRINTS:  # a key opens it, and a browser sends none by itself
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)


def _compiled_templates(data_dir: Path) -> "BytecodeCache":
    """Without it the first visit of each page after a start compiles ten templates, a tenth of a second."""
    from jinja2 import FileSystemBytecodeCache

    folder = data_dir / "templates"
    folder.mkdir(mode=0o700, exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


def bind(app: "Flask", runtime: "Runtime") -> None:
    """From now on `app` answers from this data folder."""
    from .services import installation
    from .services.api_access import ApiDoor
    from .services.throttling import Gate

    gate, door = Gate(), ApiDoor(runtime)
    runtime.before_close.append(door.flush)
    app.extensions.update(hub=runtime, gate=gate, api_door=door, is_set_up=False)
    app.extensions.pop("reception", None)  # of another folder; the first webhook call makes one
    app.config["SECRET_KEY"] = installation.session_key(runtime)
