"""The guide's two lists in words: "Connection Test Fails" and "Data Not Syncing", each line answered from what is known."""

from webapp.domain.fault import Actor
from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.forms.connection import FREQUENCY_LABELS, STREAM_LABELS
from webapp.integrations.kit.guard import UrlProblem
from webapp.integrations.kit.manifest import Manifest
from webapp.models import ConnectionState
from webapp.services.connection_views import Detail
from webapp.services.doctor_answers import Answers
from webapp.services.doctor_probe import Blame, Probe
from webapp.services.sync_requests import Cleared

from .context import current_runtime
from .formatting import Age, ago
from .i18n import gettext as _
from .i18n import ngettext, say


class LineText(Value, frozen=True):
    """`tone`: ok | warn | bad | idle; `answer` is one sentence, `advice` the fix."""

    key: str
    question: str
    tone: str
    label: str
    answer: str
    advice: str = ""
    since: Age | None = None


class ToggleText(Value, frozen=True):
    stream: str
    label: str
    is_on: bool
    is_readable: bool


class PieceText(Value, frozen=True):
    text: str
    problem: str


LABELS = {"ok": N_("Fine"), "warn": N_("Look at this"), "bad": N_("Broken"), "idle": N_("Not known")}
_ANSWERED = frozenset({"credentials_rejected", "property_unknown", "rate_limited", "not_found"})
_UNREACHED = frozenset(
    {"provider_unavailable", "provider_hung", "answer_truncated", "address_wrong", "check_timeout"}
)


def test_fails(
    detail: Detail, manifest: Manifest, answers: Answers, probe: Probe | None
) -> tuple[LineText, ...]:
    """The guide's list "Connection Test Fails"."""
    return (
        _credentials(detail, answers),
        _endpoint(answers),
        _whitelist(detail, answers),
        _status(detail, manifest, probe),
    )


def not_syncing(detail: Detail, manifest: Manifest, answers: Answers) -> tuple[LineText, ...]:
    """The guide's list "Data Not Syncing"."""
    return (
        _logs(answers),
        _webhooks(manifest, answers),
        _frequency(detail, answers),
        _data_types(detail, manifest, answers),
        LineText("cache", _("Clear cache and retry"), "idle", _("Your choice"), costs(answers.costs)),
    )


def toggles(detail: Detail, manifest: Manifest, answers: Answers) -> tuple[ToggleText, ...]:
    return tuple(
        ToggleText(stream.value, str(label), stream in detail.streams, stream not in answers.missing)
        for stream, label in STREAM_LABELS.items()
        if stream in manifest.streams
    )


def pieces(answers: Answers) -> tuple[PieceText, ...]:
    return tuple(
        PieceText(piece.text, _problem(piece.problem) if piece.problem else "") for piece in answers.pieces
    )


def costs(found: Cleared) -> str:
    text = _(
        "Would be dropped now: %(tokens)s access tokens, %(setups)s cached set-ups, %(walks)s reading positions. "
        "All bookings stay. The sync that follows costs about %(calls)s calls."
    )
    return text % {
        "tokens": found.tokens,
        "setups": found.setups,
        "walks": found.walks,
        "calls": found.calls,
    }


def wish(answers: Answers, minutes: int, current: int) -> str:
    """What meets "a change shall be here within so many minutes"."""
    found = answers.suggested(minutes)
    if found is None:
        return _("No sync frequency meets this within the provider's limit; webhooks do, within seconds.")
    said = _("Every %(interval)s meets this, with about %(calls)s calls per hour.")
    text = said % {"interval": interval(found.minutes), "calls": found.calls}
    return f"{text} {_('That is set already.')}" if found.minutes == current else text


def interval(minutes: int) -> str:
    return str(FREQUENCY_LABELS.get(minutes, minutes))


def _line(
    key: str, question: str, tone: str, answer: str, advice: str = "", *, since: Age | None = None
) -> LineText:
    return LineText(key, question, tone, _(LABELS[tone]), answer, advice, since)


# --- connection test fails ------------------------------------------------------------------------------------------


def _credentials(detail: Detail, answers: Answers) -> LineText:
    question, fault = _("Verify API credentials"), detail.card.fault
    since = ago(detail.card.fault_since)
    if fault is not None and fault.code == "credentials_rejected":
        answer = _("The key was refused (401): the provider does not accept it at all.")
        return _line("credentials", question, "bad", answer, say(fault.advice, fault.params), since=since)
    lacking = ", ".join(str(STREAM_LABELS[stream]) for stream in answers.missing)
    if not lacking and fault is not None and fault.code == "permission_missing":
        lacking = str(fault.params.get("path", ""))
    if lacking:
        answer = _("The key is valid, but lacks the scope (403) for: %(what)s.") % {"what": lacking}
        advice = _(
            "Give the key this permission in the provider's API settings; the key itself need not change."
        )
        return _line("credentials", question, "warn", answer, advice)
    proved = detail.card.last_good_at or detail.card.checked_at
    if fault is None and proved is not None and detail.card.account:
        answer = _("The provider accepted the key.")
        return _line("credentials", question, "ok", answer, since=ago(proved))
    return _line("credentials", question, "idle", _("No call has come far enough to tell."), _press_test())


def _press_test() -> str:
    return _("Press “Test Connection”.")


def _endpoint(answers: Answers) -> LineText:
    question = _("Check endpoint URL format")
    if not answers.problems:
        return _line("endpoint", question, "ok", _("Every part of the address is as it should be."))
    said = " ".join(_problem(problem) for problem in answers.problems)
    return _line("endpoint", question, "bad", said, _("Change the endpoint URL in the settings."))


def _problem(problem: UrlProblem) -> str:
    return say(problem.message, dict(problem.params))


def _whitelist(detail: Detail, answers: Answers) -> LineText:
    question, known = _("Ensure IP whitelist includes our servers"), answers.outgoing
    if known.has_changed:
        answer = _("The outgoing address changed to %(new)s; the provider may still let in only %(old)s.")
        values = {"new": known.seen, "old": known.typed or known.before}
        advice = _("Add the new address to the provider's allow list.")
        return _line("whitelist", question, "bad", answer % values, advice, since=ago(known.seen_at))
    fault = detail.card.fault
    is_suspect = fault is not None and (fault.code in _UNREACHED or fault.code == "permission_missing")
    if is_suspect:
        answer = _("Silence or a 403 is also what an allow list looks like from here.")
        advice = _(
            "Ask the provider whether the address below is on its list; the letter of a test says the rest."
        )
        return _line("whitelist", question, "warn", answer, advice)
    if (fault is not None and fault.code in _ANSWERED) or detail.card.state is ConnectionState.HEALTHY:
        return _line("whitelist", question, "ok", _("The provider answers calls from here."))
    answer = _("Not known: the provider has not been reached yet.")
    return _line("whitelist", question, "idle", answer, _press_test())


def _status(detail: Detail, manifest: Manifest, probe: Probe | None) -> LineText:
    question = _("Check PMS API status")
    if probe is not None:
        return _probed(question, probe)
    fault = detail.card.fault
    if fault is not None and fault.actor in (Actor.NOBODY, Actor.VENDOR):
        answer = say(fault.message, fault.params)
        since = ago(detail.card.fault_since)
        return _line("status", question, "warn", answer, say(fault.advice, fault.params), since=since)
    if detail.card.state is ConnectionState.HEALTHY:
        return _line("status", question, "ok", _("It answered."), since=ago(detail.card.last_good_at))
    return _line("status", question, "idle", _("Not known: ask both servers now."))


def _probed(question: str, probe: Probe) -> LineText:
    tone, answer = {
        Blame.NOBODY: ("ok", _("The provider's server answers from here.")),
        Blame.THEIRS: ("bad", _("It is theirs: the provider does not answer, another server does.")),
        Blame.OURS: (
            "bad",
            _("It is ours: neither the provider nor another server can be reached from here."),
        ),
        Blame.UNKNOWN: (
            "warn",
            _(
                "The provider does not answer. Theirs or ours is not known: no second target is set (PROBE_URL)."
            ),
        ),
    }[probe.blame]
    last = probe.rungs[-1]
    advice = say(last.fault.message, last.fault.params) if last.fault else ""
    return _line("status", question, tone, answer, advice)


# --- data not syncing -----------------------------------------------------------------------------------------------


def _logs(answers: Answers) -> LineText:
    question = _("Review sync logs for errors")
    if not answers.failed_runs:
        return _line("logs", question, "ok", _("No run failed in the last seven days."))
    text = ngettext(
        "%(num)s run failed in the last seven days.",
        "%(num)s runs failed in the last seven days.",
        answers.failed_runs,
    )
    return _line(
        "logs", question, "warn", text % {"num": answers.failed_runs}, _("Each entry carries its fix.")
    )


def _webhooks(manifest: Manifest, answers: Answers) -> LineText:
    question = _("Verify webhook configuration")
    if manifest.webhook is None:
        reason = _(manifest.no_webhook_reason) if manifest.no_webhook_reason else ""
        return _line("webhooks", question, "idle", _("This provider does not call the hub."), reason)
    if answers.last_hit_at is not None:
        return _line("webhooks", question, "ok", _("Calls come in."), since=ago(answers.last_hit_at))
    base = current_runtime().settings.public_base_url or ""
    if not base.startswith("https://"):
        answer = _("No call has come in, and PUBLIC_BASE_URL names no https address.")
        return _line("webhooks", question, "warn", answer, _("The operator sets PUBLIC_BASE_URL."))
    answer = _("No call has come in yet. Whether the provider can reach this hub is not known from inside.")
    return _line("webhooks", question, "idle", answer, _("Look at the Webhooks tab for what is registered."))


def _frequency(detail: Detail, answers: Answers) -> LineText:
    question = _("Check sync frequency setting")
    values = {"interval": interval(detail.card.frequency_minutes)}
    if detail.card.state is ConnectionState.PAUSED:
        return _line(
            "frequency", question, "bad", _("The connection is paused."), _("Resume it on the overview.")
        )
    if answers.is_waiting:
        answer = _("No run is planned: the connection waits for somebody to act.")
        return _line("frequency", question, "bad", answer, _("Put right what the overview says."))
    return _line("frequency", question, "ok", _("It runs every %(interval)s.") % values)


def _data_types(detail: Detail, manifest: Manifest, answers: Answers) -> LineText:
    question = _("Ensure data types are selected")
    off = [str(STREAM_LABELS[stream]) for stream in _offered(manifest) if stream not in detail.streams]
    if not off:
        return _line("data-types", question, "ok", _("All kinds of data are switched on."))
    answer = _("Switched off: %(what)s.") % {"what": ", ".join(off)}
    return _line("data-types", question, "warn", answer)


def _offered(manifest: Manifest) -> list[Stream]:
    return [stream for stream in STREAM_LABELS if stream in manifest.streams]
