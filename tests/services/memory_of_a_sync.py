"""Run as a process of its own by the test of memory: a first load of many bookings, in pages made on the way.

Prints the greatest resident size in kB after a tenth of the bookings, and at the end.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests import cast
from tests.memory_provider import KEY, MODULE
from tests.sync_stage import Stage, booking
from webapp.domain.stream import Stream, Window
from webapp.integrations import registry
from webapp.integrations.kit.contract import Page
from webapp.services.installation import open_runtime
from webapp.settings import Settings

PAGE = 500


def main(folder: str, count: int) -> None:
    runtime = open_runtime(Settings.from_env({}, data_dir=Path(folder))).runtime
    registry.PROVIDERS[KEY] = MODULE
    cast.set_the_stage(runtime)
    stage = Stage(runtime)
    early: list[int] = []

    def answer(_window: Window, _cursor: str | None) -> Iterator[Page]:
        for first in range(0, count, PAGE):
            if first == count // 10:
                early.append(resident())
            numbers = range(first, min(first + PAGE, count))
            following = str(first + PAGE) if first + PAGE < count else None
            yield Page(tuple(booking(f"R{number}") for number in numbers), following)

    stage.script.answers[Stream.BOOKINGS] = answer
    report = stage.sync()
    runtime.close()
    assert report.streams[0].added == count
    print(early[0], resident())


def resident() -> int:
    """Of this program alone: what the kernel tells of resources counts the parent's size before it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
