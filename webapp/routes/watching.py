"""What is watched beside the data, read once per request: comparisons with the provider, and signs of life."""

from flask import g

from webapp.domain.value import Value
from webapp.services import freshness, silence_watch, truth_views
from webapp.services.silence_watch import SilenceView
from webapp.services.truth_views import TruthView

from .context import current_runtime


class Seen(Value, frozen=True):
    """Of connections that are not archived. `has_pms`: there is one at all."""

    truths: tuple[TruthView, ...]
    signs: tuple[SilenceView, ...]
    has_pms: bool

    @property
    def primary(self) -> TruthView | None:
        return next((one for one in self.truths if one.connection.is_primary), None)


def seen() -> Seen:
    if "seen" not in g:
        runtime = current_runtime()
        with runtime.reading() as session:
            connections = freshness.connections(session, runtime.clock())
            g.seen = Seen(
                truths=truth_views.of_connections(session, connections) if connections else (),
                signs=silence_watch.views(session, connections),
                has_pms=bool(connections),
            )
    found: Seen = g.seen
    return found


def forget() -> None:
    """After a change in the same request."""
    g.pop("seen", None)
