"""A connection test in words: the ladder, rung by rung, and its verdict in the reader's language."""

from collections.abc import Collection
from datetime import date, datetime

from webapp.domain.value import Value
from webapp.domain.wording import Sentence
from webapp.forms.connection import STREAM_LABELS
from webapp.integrations.kit.contract import Property, Rung
from webapp.services.connection_verdict import WORDS, Outcome, VerdictKind

from . import letter_words
from .formatting import day, instant
from .i18n import gettext as _
from .i18n import ngettext, say
from .letter_words import VendorLetterText


class RungText(Value, frozen=True):
    """`state`: ok | bad | skipped | unknown | waiting."""

    state: str
    name: str
    detail: str = ""
    ms: int | None = None
    notes: tuple[str, ...] = ()


class CheckText(Value, frozen=True):
    """A ladder and its verdict; `properties` are offered when the hotel's id was wrong."""

    rungs: tuple[RungText, ...]
    tone: str
    title: str
    text: str
    advice: str
    who: str
    properties: tuple[Property, ...] = ()
    letter: VendorLetterText | None = None


def check(outcome: Outcome, asked: Collection[str]) -> CheckText:
    """The ladder with what was not tried any more."""
    rungs = [_rung(rung) for rung in outcome.rungs]
    tried = {rung.name for rung in outcome.rungs}
    if not outcome.ok:
        rungs += [
            RungText("skipped", str(label))
            for stream, label in STREAM_LABELS.items()
            if stream.value in asked and f"stream:{stream.value}" not in tried
        ]
    verdict, found = outcome.verdict, outcome.fault
    if verdict.kind is not VerdictKind.FAILED:
        _tone, title, text = WORDS[verdict.kind]
        return CheckText(
            tuple(rungs),
            verdict.tone,
            say(title, dict(verdict.params)),
            _(text),
            "",
            "",
            letter=letter_words.to_vendor(outcome.letter),
        )
    last = next((rung for rung in outcome.rungs if not rung.ok and rung.stops), None)
    return CheckText(
        rungs=tuple(rungs),
        tone=verdict.tone,
        title=say(found.message, found.params) if found else verdict.title,
        text=_("The test stopped at “%(rung)s”.") % {"rung": _(last.label)} if last else "",
        advice=say(found.advice, found.params) if found else verdict.advice,
        who=verdict.actor.value if verdict.actor else "",
        properties=outcome.properties if last is not None and last.name == "property" else (),
        letter=letter_words.to_vendor(outcome.letter),
    )


def _rung(rung: Rung) -> RungText:
    if not rung.ok and rung.fault is None and not rung.stops and rung.name != "clock":
        return RungText("skipped", _(rung.label), _(rung.detail))
    if not rung.ok and rung.fault is not None:
        text = say(rung.fault.message, rung.fault.params)
        if not rung.stops:  # the verdict below speaks of another rung, or of none
            text = f"{text} {say(rung.fault.advice, rung.fault.params)}"
        return RungText("bad", _(rung.label), text, rung.ms, notes=_notes(rung))
    if not rung.is_known:
        return RungText("unknown", _(rung.label), notes=_notes(rung))
    if rung.name == "clock":
        return RungText("ok", _(rung.label), _("Less than a minute from ours."))
    if rung.name == "port":
        return RungText("ok", _(rung.label), _("Port %(port)s answers.") % {"port": rung.detail}, rung.ms)
    if rung.name == "certificate":
        return RungText("ok", _(rung.label), _certificate(rung.detail), rung.ms)
    if rung.ok and rung.name.startswith("stream:"):
        return RungText("ok", _(rung.label), _found(rung.detail), rung.ms)
    shown = rung.account if rung.name == "property" and rung.account else ""
    detail = (
        f"{shown} ({rung.detail})" if shown and rung.detail and rung.detail != shown else shown or rung.detail
    )
    return RungText("ok" if rung.ok else "bad", _(rung.label), detail, rung.ms, notes=_notes(rung))


def _notes(rung: Rung) -> tuple[str, ...]:
    return tuple(say(_in_hotel_time(note)) for note in rung.notes)


def _in_hotel_time(note: Sentence) -> Sentence:
    """The instant of a note comes as ISO text, since the ladder knows neither zone nor language."""
    at = note.params.get("at")
    if not isinstance(at, str):
        return note
    return Sentence(note.text, {**note.params, "at": instant(datetime.fromisoformat(at))})


def _certificate(detail: str) -> str:
    """`TLSv1.3 2026-09-01` -> `Good until 1 Sep 2026 (TLSv1.3)`."""
    version, _blank, ends = detail.partition(" ")
    if not ends:
        return version
    return _("Good until %(day)s (%(version)s).") % {"day": day(date.fromisoformat(ends)), "version": version}


def _found(detail: str) -> str:
    """`412, ? OPT ×1` -> `412 records; without a meaning yet: OPT ×1`."""
    count, _comma, words = detail.partition(", ? ")
    if not count.isdecimal():
        return detail
    text = ngettext("%(num)s record", "%(num)s records", int(count)) % {"num": f"{int(count):,}"}
    return (
        _("%(records)s; without a meaning yet: %(words)s") % {"records": text, "words": words}
        if words
        else text
    )
