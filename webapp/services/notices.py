"""The one seam through which the hub tells people that something needs them.

Today it leaves a line in the log, which the dashboard shows as a card; mail and push become further roads here.
"""

from sqlalchemy.orm import Session

from webapp.runtime import Runtime

from . import audit


def tell_admins(runtime: Runtime, session: Session, action: str, sentence: str) -> None:
    """In the caller's transaction, so that nobody is told of what did not happen. `action` is noun.verb."""
    audit.record(runtime, session, "", action, sentence, level="warning")
