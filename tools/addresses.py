"""Writes webapp/routes/pages/addresses.py: where every page is and whom it is open to, out of the pages themselves.

A start reads that table in place of the pages, which are loaded by their first visitors. `python -m tools.addresses`.
"""

from importlib import import_module

from tools.environment import ROOT
from webapp.routes import pages
from webapp.routes.late_views import Address, declared, written

TABLE = ROOT / "webapp/routes/pages/addresses.py"
HEAD = """Where every page is and whom it is open to: audience, method, endpoint, address. Written by `python -m tools.addresses`."""


def collect() -> list[Address]:
    """In the order of `pages.MODULES`."""
    modules = (import_module(f"{pages.__name__}.{name}") for name in pages.MODULES)
    return [address for module in modules for address in declared(module)[0]]


def main() -> None:
    table = collect()
    TABLE.write_text(f'"""{HEAD}"""\n\nADDRESSES = """\n{written(table)}"""\n', encoding="utf-8")
    print(f"{len(table)} addresses in {TABLE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
