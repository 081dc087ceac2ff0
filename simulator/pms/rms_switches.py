"""Habits of RMS Cloud that its documents leave open or that differ by database: all switchable."""

from typing import Literal

import msgspec


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What this hotel's database does.

    `refusal`: how wrong passwords and modules are told; `client_url`: what discovery answers instead of this host;
    `parent_client`: the number of the database above, for a group of hotels. `block_status`: what a blocked caller
    sees; `most_rows`: the largest page, larger ones are cut without a word. `no_show`: how that status is written;
    `stale_arrivals`: so many rows of years ago still say that somebody has arrived; `are_guests_doubled`: every tenth
    guest has a second, older row under the same id. `over_sold`: so many rooms of each category are sold beyond the
    house tonight. `is_status_silent`: a change of status sends nothing.
    """

    refusal: Literal[403, 401] = 403
    client_url: str | None = None
    parent_client: int | None = None
    block_status: Literal[429, 403, 400] = 429
    most_rows: int | None = None
    no_show: Literal["NoShow", "No Show"] = "NoShow"
    stale_arrivals: int = 3
    are_guests_doubled: bool = True
    over_sold: int = 0
    is_status_silent: bool = False
