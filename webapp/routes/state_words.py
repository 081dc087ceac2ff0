"""States of a connection as pills show them: the words of the model, and two that only pages know."""

from webapp.domain.wording import N_
from webapp.models import ConnectionState

from .i18n import gettext as _

_TONES = {
    ConnectionState.UNTESTED: "idle",
    ConnectionState.HEALTHY: "ok",
    ConnectionState.DEGRADED: "warn",
    ConnectionState.NEEDS_ATTENTION: "bad",
    ConnectionState.PAUSED: "idle",
}
_SHOWN = {
    **{state.value: (tone, state.words) for state, tone in _TONES.items()},
    "syncing": ("info", N_("Syncing")),
    "archived": ("idle", N_("Archived")),
}


def state_shown(state: str) -> tuple[str, str]:
    """Tone and word; a state that nobody knows is shown as it is."""
    tone, word = _SHOWN.get(str(state), ("idle", str(state)))
    return tone, _(word)
