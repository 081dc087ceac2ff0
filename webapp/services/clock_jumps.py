"""Times that only a clock which was wrong can have left behind: they bind nobody once it is right again.

A machine that starts in the year 2031 and is put right a minute later would otherwise hold its leases, claims and
plans for years.
"""

from datetime import datetime, timedelta

SKEW = timedelta(minutes=2)
"""How far the clocks of two machines at one database may stand apart; less proves nothing."""
LONGEST_PLAN = timedelta(days=1)
"""Nothing is put off for longer: not by a schedule, a provider's wish, or a failure."""


def beyond(now: datetime, span: timedelta = timedelta(0)) -> datetime:
    """What lies after this instant was not written by a clock like ours, for something that lasts `span` at most."""
    return now + span + SKEW
