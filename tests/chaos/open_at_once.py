"""Run as a process of its own by the test beside it: eight threads meet a provider's types for the first time at once."""

import sys
import threading

from tests.integrations.providers import recipe
from webapp.integrations import registry

THREADS = 8


def main() -> int:
    sys.setswitchinterval(1e-6)
    start = threading.Barrier(THREADS)
    document = recipe()
    done: list[object] = []

    def read() -> None:
        start.wait()
        registry.adapter_class("custom_rest")
        from webapp.integrations.pms.custom_rest.recipe import parse

        done.append(parse(document))

    threads = [threading.Thread(target=read) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0 if len(done) == THREADS else 1


if __name__ == "__main__":
    sys.exit(main())
