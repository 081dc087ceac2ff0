"""Forms about connections: the way in, made from a provider's manifest, the sync settings, and the name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import Field as AnyField
from wtforms import PasswordField, RadioField, SelectField, SelectMultipleField, StringField, URLField

from webapp.domain.stream import Stream
from webapp.integrations.kit.manifest import Field, Manifest
from webapp.services.connection_entry import FREQUENCIES, HISTORIES
from webapp.vault import Secret

from .entry import EntryForm, choice
from .wording import lazy

STREAM_LABELS = {
    Stream.BOOKINGS: lazy("Bookings/Reservations"),
    Stream.GUESTS: lazy("Guest profiles"),
    Stream.AVAILABILITY: lazy("Room availability"),
    Stream.RATES: lazy("Rates and packages"),
    Stream.CHECK_INS: lazy("Check-ins/Check-outs"),
}
"""The guide's words, in its order."""
FREQUENCY_LABELS = {5: lazy("5min"), 15: lazy("15min"), 30: lazy("30min"), 60: lazy("1 hour")}
HISTORY_LABELS = {7: lazy("7 days"), 30: lazy("30 days"), 90: lazy("90 days")}


class AccessForm(EntryForm):
    """The base of `access_form`; what is typed is judged by the service, which knows the manifest."""

    manifest: Manifest

    def options(self) -> dict[str, str]:
        return {
            item.name: str(self[item.name].data or "") for item in _shown(self.manifest) if not item.is_secret
        }

    def secrets(self) -> dict[str, Secret]:
        """Without blanks at the ends, which come along when a key is copied."""
        return {
            item.name: Secret((self[item.name].data or "").strip())
            for item in _shown(self.manifest)
            if item.is_secret
        }


def access_form(manifest: Manifest) -> type[AccessForm]:
    """A form class with a field for everything the manifest asks for, but the recipe, which has its own editor."""
    fields: dict[str, Any] = {item.name: _field(item) for item in _shown(manifest)}
    return type("AccessForm", (AccessForm,), {**fields, "manifest": manifest})


class SyncForm(EntryForm):
    frequency_minutes = RadioField(
        lazy("Sync Frequency"),
        choices=[choice(str(minutes), FREQUENCY_LABELS[minutes]) for minutes in FREQUENCIES],
        validate_choice=False,
    )
    streams = SelectMultipleField(
        lazy("Data Types"),
        choices=[choice(stream.value, label) for stream, label in STREAM_LABELS.items()],
        validate_choice=False,
    )
    history_days = RadioField(
        lazy("Historical Data"),
        choices=[choice(str(days), HISTORY_LABELS[days]) for days in HISTORIES],
        validate_choice=False,
    )

    def offer(self, streams: Sequence[Stream]) -> "SyncForm":
        """Only what this provider has."""
        offered = set(streams)
        self.streams.choices = [
            choice(stream.value, label) for stream, label in STREAM_LABELS.items() if stream in offered
        ]
        return self

    def wanted(self) -> tuple[list[str], int, int]:
        """Streams, minutes, days; 0 for what is no number, which the service refuses."""
        return (
            list(self.streams.data or ()),
            _number(self.frequency_minutes.data),
            _number(self.history_days.data),
        )

    @classmethod
    def showing(cls, streams: Iterable[Stream], frequency_minutes: int, history_days: int) -> "SyncForm":
        return cls.filled(
            streams=[stream.value for stream in streams],
            frequency_minutes=str(frequency_minutes),
            history_days=str(history_days),
        )


class ConnectionNameForm(EntryForm):
    name = StringField(lazy("Name"))


def shown_values(manifest: Manifest, options: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields of `access_form` begin with; secrets are never among it."""
    return {
        item.name: options.get(item.name, item.default) for item in _shown(manifest) if not item.is_secret
    }


def _shown(manifest: Manifest) -> list[Field]:
    return [item for item in manifest.fields if item.kind != "recipe"]


def _field(item: Field) -> AnyField:
    label, about = lazy(item.label), lazy(item.help) if item.help else ""
    if item.is_secret:
        return PasswordField(label, description=about)
    if item.kind == "choice":
        choices = [choice(one.value, lazy(one.label)) for one in item.choices]
        return SelectField(
            label, choices=choices, description=about, default=item.default, validate_choice=False
        )
    kind = URLField if item.kind == "url" else StringField
    placeholder = {"placeholder": item.placeholder} if item.placeholder else {}
    return kind(
        label, description=about, default=item.default, render_kw={"spellcheck": "false", **placeholder}
    )


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else 0
