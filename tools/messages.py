"""Collects every visible sentence into webapp/locale/messages.pot, merges it into the languages, and compiles those.

`python -m tools.messages` writes; with `--check` it only says whether the collected sentences are current.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tools.environment import ROOT

LOCALE = ROOT / "webapp/locale"
TEMPLATE = LOCALE / "messages.pot"
MAPPING = ROOT / "babel.cfg"

# Besides gettext's own names: N_ marks without translating, lazy marks words of forms.
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "lazy": None, "say": None}

HEADER = "# Sentences of AI Hotel Assistant, collected by tools/messages.py."
# Lines of the header that differ from day to day, or that nobody fills in.
UNSTABLE = tuple(
    f'"{name}:'
    for name in (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Generated-By",
        "Report-Msgid-Bugs-To",
        "Last-Translator",
        "Language-Team",
    )
)

Sentence = tuple[str | tuple[str, ...], str | None]


def collect() -> Catalog:
    """Every marked sentence with the files it stands in; line numbers are left out, they would change with every edit."""
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalog = Catalog(
        project="AI Hotel Assistant", version="0", header_comment=HEADER, charset="utf-8", fuzzy=False
    )
    found = extract_from_dir(
        str(ROOT),
        methods,
        options,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        directory_filter=_is_ours,
    )
    for name, _line, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return catalog


def sentences(catalog: Catalog) -> set[Sentence]:
    return {
        (message.id if isinstance(message.id, str) else tuple(message.id), message.context)
        for message in catalog
        if message.id
    }


def stored() -> Catalog:
    """The collected sentences as they lie in the repository; an empty catalogue when there are none yet."""
    if not TEMPLATE.exists():
        return Catalog()
    with TEMPLATE.open("rb") as file:
        return read_po(file)


def differences() -> tuple[set[Sentence], set[Sentence]]:
    """(new in the code, gone from the code) compared with messages.pot."""
    now, before = sentences(collect()), sentences(stored())
    return now - before, before - now


def write() -> int:
    """Write the template, merge every language and compile it. Returns the number of sentences."""
    catalog = collect()
    _write_po(TEMPLATE, catalog)
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            translated = read_po(file, locale=path.parent.parent.name)
        translated.update(catalog)
        _write_po(path, translated)
        with path.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, translated)
    return len(sentences(catalog))


def _write_po(path: Path, catalog: Catalog) -> None:
    """Without dates and line numbers: the file changes only when a sentence does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=110, omit_header=False, include_lineno=False, sort_output=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(UNSTABLE)), encoding="utf-8")


def _is_ours(folder: str) -> bool:
    return not Path(folder).name.startswith((".", "_")) or Path(folder).name == "_ui"


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        print(f"{write()} sentences in {TEMPLATE.relative_to(ROOT)}")
        return 0
    new, gone = differences()
    for label, found in (("new", new), ("gone", gone)):
        for sentence, _ in sorted(found, key=str):
            print(f"{label}: {sentence}")
    if new or gone:
        print("Collect them: .venv/bin/python -m tools.messages")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
