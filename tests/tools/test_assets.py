"""Browser files: what the templates ask for is listed, what is listed is locked, what is unpacked is complete."""

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools import assets

ASKS_FOR_AN_ICON = re.compile(
    r"""icons\.svg\#([a-z0-9-]+)            # <use href="/static/vendor/icons.svg#plus">
      | \bicon\(\s*["']([a-z0-9-]+)["']      # {{ icon("plus") }}
      | \bicon\s*=\s*["']([a-z0-9-]+)["']    # MenuItem(icon="plus")
    """,
    re.VERBOSE,
)


def pages_and_views() -> list[Path]:
    webapp = assets.ROOT / "webapp"
    return [*webapp.glob("templates/**/*.html"), *webapp.glob("**/*.py")]


def test_every_icon_a_page_asks_for_is_in_the_sprite() -> None:
    listed = set(assets.manifest()["icons"]["names"])
    missing = {
        f"{path.relative_to(assets.ROOT)}: {name}"
        for path in pages_and_views()
        for found in ASKS_FOR_AN_ICON.finditer(path.read_text(encoding="utf-8"))
        for name in found.groups()
        if name and name not in listed
    }
    assert not missing, f"add to tools/assets.toml, then ./run setup: {sorted(missing)}"


def test_icon_names_are_listed_once_and_in_order() -> None:
    names = assets.manifest()["icons"]["names"]
    assert names == sorted(set(names))


def test_every_wheel_is_locked_by_its_content() -> None:
    locked = dict(
        re.fullmatch(r"(\S+==\S+) --hash=sha256:([0-9a-f]{64})", line).groups()  # type: ignore[union-attr]
        for line in assets.LOCK.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    assert set(locked) == {f"{wheel['name']}=={wheel['version']}" for wheel in assets.manifest()["wheel"]}


def test_the_unpacked_folder_is_current_and_complete() -> None:
    assert assets.is_current(), "run ./run setup"
    symbols = ElementTree.parse(assets.VENDOR / "icons.svg").findall(f"{assets.SVG}symbol")
    assert [symbol.get("id") for symbol in symbols] == assets.manifest()["icons"]["names"]
    assert {symbol.get("viewBox") for symbol in symbols} == {"0 0 24 24"}
    assert (assets.VENDOR / "htmx.min.js").read_text(encoding="utf-8").count('version:"2.0.') == 1


def test_the_licences_travel_with_the_files() -> None:
    notices = (assets.VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    for what in ("Bootstrap", "Popper", "htmx", "Tabler Icons", "Geist", "Permission is hereby granted"):
        assert what in notices
    assert "SIL OPEN FONT LICENSE" in (assets.VENDOR / "geist-license.txt").read_text(encoding="utf-8")


def drawings(**svg: str) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(), "w")
    for name, shapes in svg.items():
        archive.writestr(f"outline/{name}.svg", f'<svg xmlns="http://www.w3.org/2000/svg">{shapes}</svg>')
    return archive


def test_a_symbol_leaves_colour_to_the_page_and_drops_the_invisible_box() -> None:
    box, line = (
        '<path stroke="none" d="M0 0h24v24H0z" fill="none"/>',
        '<path fill="none" stroke="red" d="M5 12h14"/>',
    )
    drawn = assets.sprite(drawings(minus=box + line), "outline", ["minus"])
    assert '<symbol id="minus" viewBox="0 0 24 24"><path d="M5 12h14"/></symbol>' in drawn


def test_an_unknown_icon_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(assets.AssetError, match=r"'calender': \['calendar'\]"):
        assets.sprite(drawings(calendar="<path/>", bed="<path/>"), "outline", ["calender"])


def test_a_missing_file_or_an_older_stamp_means_unpacking_again(tmp_path: Path) -> None:
    fresh, vendor = tmp_path / "fresh", tmp_path / "vendor"
    fresh.mkdir()
    vendor.mkdir()
    (vendor / "left-over.js").touch()
    for name in assets.file_names(assets.manifest()):
        (fresh / name).touch()
    assert not assets.is_current(vendor)
    assets.put_in_place(fresh, vendor)
    assert assets.is_current(vendor)
    assert not (vendor / "left-over.js").exists()

    (vendor / "htmx.min.js").unlink()
    assert not assets.is_current(vendor)
    (vendor / "htmx.min.js").touch()
    (vendor / ".stamp").write_text("of an older manifest\n", encoding="ascii")
    assert not assets.is_current(vendor)
