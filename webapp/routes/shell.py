"""The frame around every page: hotel, clock, menu, person and theme, read when the template asks for them."""

from functools import cached_property, lru_cache

from flask import Flask, current_app, g, get_template_attribute, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import Role
from webapp.services.users import THEMES

from .context import current_hotel, current_person, current_runtime, hotel_zone
from .formatting import format_day, format_instant
from .guards import Audience, audience_of
from .i18n import current_language, current_locale, gettext

ROLE_LABELS = {Role.OWNER: N_("Owner"), Role.ADMIN: N_("Admin"), Role.STAFF: N_("Staff")}

FIXED_PARTS = ("assets", "htmx_config", "drawer", "confirm_dialog", "offline_banner")

# Address, label, icon. An entry shows when its page exists and is open to the person.
MENU: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "",
        (
            ("/", N_("Dashboard"), "layout-dashboard"),
            ("/bookings", N_("Bookings"), "calendar-event"),
            ("/assistant", N_("Assistant"), "help-circle"),
        ),
    ),
    (
        N_("Integrations"),
        (
            ("/integrations/health", N_("Health"), "activity-heartbeat"),
            ("/integrations/logs", N_("Logs"), "list-details"),
            ("/integrations/checklist", N_("Checklist"), "checklist"),
        ),
    ),
    (
        N_("Settings"),
        (
            ("/settings/integrations", N_("Integrations"), "plug-connected"),
            ("/settings/hotel", N_("Hotel"), "building-skyscraper"),
            ("/settings/api-access", N_("API Access"), "key"),
            ("/settings/security", N_("Security"), "shield-check"),
            ("/settings/security/users", N_("People"), "users"),
        ),
    ),
    ("", (("/support", N_("Support"), "lifebuoy"),)),
)


class Entry(Value, frozen=True):
    """One line of the menu."""

    label: str
    icon: str
    url: str
    is_current: bool


class Group(Value, frozen=True):
    """Entries under one heading; no label for the first and the last."""

    label: str | None
    entries: tuple[Entry, ...]

    @property
    def items(self) -> tuple[Entry, ...]:
        return self.entries


class Account(Value, frozen=True):
    """The person signed in, as the top bar shows one."""

    name: str
    role_label: str
    email: str

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class Shell:
    """Lazy, because a partial needs none of it."""

    @cached_property
    def hotel_name(self) -> str:
        hotel = current_hotel()
        return hotel.name if hotel else ""

    @cached_property
    def hotel_time(self) -> str:
        now = current_runtime().clock()
        return format_instant(now, hotel_zone(), current_locale(), now=now)

    @cached_property
    def business_date(self) -> str:
        hotel = current_hotel()
        return format_day(hotel.business_date, current_locale(), today=hotel.business_date) if hotel else ""

    @cached_property
    def demo(self) -> bool:
        return current_runtime().settings.is_demo

    @property
    def demo_note(self) -> str | None:
        note: str | None = current_app.extensions.get("demo_note")
        return note

    @cached_property
    def user(self) -> Account | None:
        person = current_person()
        return Account(person.name, gettext(ROLE_LABELS[person.role]), person.email) if person else None

    @property
    def of_menu(self) -> dict[str, Markup]:
        """`menu` and `keys_dialog`, the same for all who see these entries at this page."""
        return _menu_parts(self.menu, current_language(), request.script_root)

    @property
    def fixed(self) -> dict[str, Markup]:
        """Parts of the frame that are the same on every page in a language: `assets`, `confirm_dialog` and so on."""
        return _fixed_parts(current_language(), request.script_root)

    @property
    def language(self) -> str:
        return current_language()

    @cached_property
    def theme(self) -> str:
        person = current_person()
        theme = person.theme if person else request.cookies.get("theme", "system")
        return theme if theme in THEMES else "system"

    @cached_property
    def menu(self) -> tuple[Group, ...]:
        person = current_person()
        if person is None:
            return ()
        pages: dict[str, Audience] = current_app.extensions["menu"]
        shown = [
            (label, [item for item in items if item[0] in pages and pages[item[0]].admits(person.role)])
            for label, items in MENU
        ]
        current = _current_address([item[0] for _, items in shown for item in items])
        return tuple(
            Group(
                gettext(label) if label else None,
                tuple(
                    Entry(gettext(text), icon, request.script_root + url, url == current)
                    for url, text, icon in items
                ),
            )
            for label, items in shown
            if items
        )


@lru_cache(maxsize=256)
def _menu_parts(groups: tuple[Group, ...], _language: str, _script_root: str) -> dict[str, Markup]:
    return {name: get_template_attribute("_ui/shell.html", name)(groups) for name in ("menu", "keys_dialog")}


@lru_cache(maxsize=64)
def _fixed_parts(_language: str, _script_root: str) -> dict[str, Markup]:
    return {name: get_template_attribute("_ui/shell.html", name)() for name in FIXED_PARTS}


def init_app(app: Flask) -> None:
    """After all routes are registered: finds which addresses of the menu exist."""
    app.extensions["menu"] = _existing_pages(app)
    app.jinja_env.filters["role"] = lambda role: gettext(ROLE_LABELS[role])
    app.context_processor(lambda: {"shell": _current_shell()})


def _current_shell() -> Shell:
    if "shell" not in g:
        g.shell = Shell()
    shell: Shell = g.shell
    return shell


def _existing_pages(app: Flask) -> dict[str, Audience]:
    addresses = app.url_map.bind("")
    pages: dict[str, Audience] = {}
    for _, items in MENU:
        for url, _, _ in items:
            try:
                endpoint, _ = addresses.match(url)
            except HTTPException:
                continue
            audience = audience_of(app, endpoint)
            if audience is not None:
                pages[url] = audience
    return pages


def _current_address(addresses: list[str]) -> str | None:
    """The longest address that the request's path is or lies below."""
    path = request.path
    fitting = [url for url in addresses if path == url or (url != "/" and path.startswith(url + "/"))]
    return max(fitting, key=len, default=None)
