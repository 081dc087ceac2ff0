"""A connection test in words: the ladder, rung by rung, and its verdict in the reader's language."""

from collections.abc import Collection
from dataclasses import dataclass

from webapp.forms.connection import STREAM_LABELS
from webapp.integrations.kit.contract import Property, Rung
from webapp.services.connection_verdict import WORDS, Outcome, VerdictKind

from .i18n import gettext as _
from .i18n import ngettext, say


@dataclass(frozen=True, slots=True)
class RungText:
    """`state`: ok | bad | skipped | waiting."""

    state: str
    name: str
    detail: str = ""
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class CheckText:
    """A ladder and its verdict; `properties` are offered when the hotel's id was wrong."""

    rungs: tuple[RungText, ...]
    tone: str
    title: str
    text: str
    advice: str
    who: str
    properties: tuple[Property, ...] = ()


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
        return CheckText(tuple(rungs), verdict.tone, say(title, dict(verdict.params)), _(text), "", "")
    last = next((rung for rung in outcome.rungs if not rung.ok and rung.stops), None)
    return CheckText(
        rungs=tuple(rungs),
        tone=verdict.tone,
        title=say(found.message, found.params) if found else verdict.title,
        text=_("The test stopped at “%(rung)s”.") % {"rung": _(last.label)} if last else "",
        advice=say(found.advice, found.params) if found else verdict.advice,
        who=verdict.actor.value if verdict.actor else "",
        properties=outcome.properties if last is not None and last.name == "property" else (),
    )


def _rung(rung: Rung) -> RungText:
    if not rung.ok and rung.fault is None and not rung.stops and rung.name != "clock":
        return RungText("skipped", _(rung.label), _(rung.detail))
    if not rung.ok and rung.fault is not None:
        return RungText("bad", _(rung.label), say(rung.fault.message, rung.fault.params), rung.ms)
    if rung.name == "clock":
        text = (
            "" if rung.ok else _("This machine and the provider differ by %(skew)s.") % {"skew": rung.detail}
        )
        return RungText("ok" if rung.ok else "bad", _(rung.label), text)
    if rung.ok and rung.name.startswith("stream:"):
        return RungText("ok", _(rung.label), _found(rung.detail), rung.ms)
    shown = rung.account if rung.name == "property" and rung.account else ""
    detail = (
        f"{shown} ({rung.detail})" if shown and rung.detail and rung.detail != shown else shown or rung.detail
    )
    return RungText("ok" if rung.ok else "bad", _(rung.label), detail, rung.ms)


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
