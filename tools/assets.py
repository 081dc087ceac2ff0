"""Unpacks Bootstrap, htmx, the font and the icons out of locked wheels into webapp/static/vendor/."""

import difflib
import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"
MANIFEST, LOCK = TOOLS / "assets.toml", TOOLS / "assets.lock"
VENDOR = ROOT / "webapp/static/vendor"
SVG = "{http://www.w3.org/2000/svg}"
MADE_HERE = ("icons.svg", "LICENSES.txt")


class AssetError(Exception):
    """The wheels do not hold what assets.toml asks for; the text says what and where to mend it."""


def manifest() -> dict[str, Any]:
    return tomllib.loads(MANIFEST.read_text(encoding="utf-8"))


def fingerprint() -> str:
    """One digest over all that decides the result: manifest, lock and this script."""
    digest = hashlib.sha256()
    for path in (MANIFEST, LOCK, Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def file_names(wanted: dict[str, Any]) -> set[str]:
    """Every file the vendor folder holds when it is complete, the stamp apart."""
    return {name for wheel in wanted["wheel"] for name in wheel.get("files", {})} | set(MADE_HERE)


def is_current(vendor: Path = VENDOR) -> bool:
    """True if the folder was made from this very manifest and no file has gone since."""
    stamp = vendor / ".stamp"
    if not stamp.is_file() or stamp.read_text(encoding="ascii").strip() != fingerprint():
        return False
    return all((vendor / name).is_file() for name in file_names(manifest()))


def sprite(icons: zipfile.ZipFile, folder: str, names: list[str]) -> str:
    """One SVG file with a <symbol> per icon; colour and stroke are left to the page's stylesheet."""
    have = {Path(member).stem for member in icons.namelist() if member.startswith(f"{folder}/")}
    if unknown := [name for name in names if name not in have]:
        near = {name: difflib.get_close_matches(name, have, n=4) for name in unknown}
        raise AssetError(f"no such icons (nearest names after the colon): {near}")
    symbols = "\n".join(_symbol(name, icons.read(f"{folder}/{name}.svg")) for name in sorted(names))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def _symbol(name: str, drawing: bytes) -> str:
    shapes: Iterator[ET.Element] = iter(ET.fromstring(drawing))
    lines = []
    for shape in shapes:
        kept = {key: value for key, value in shape.attrib.items() if key not in ("fill", "stroke")}
        if shape.get("stroke") == "none" and shape.get("fill") in (None, "none"):
            continue  # the invisible 24 x 24 box that older drawings carry
        attributes = "".join(f' {key}="{value}"' for key, value in kept.items())
        lines.append(f"<{shape.tag.removeprefix(SVG)}{attributes}/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(lines)}</symbol>'


def licences(wanted: dict[str, Any]) -> str:
    """The notices that must travel with the files."""
    credits = [f"{c['what']}\n{c['copyright']}\nLicence: {c['license']}" for c in wanted["credit"]]
    texts = [f"{name} licence\n{text}" for name, text in wanted["license_texts"].items()]
    return "\n\n".join(["Files of others in this folder", *credits, *texts])


def download(folder: Path) -> None:
    """Fetch the locked wheels, and nothing they depend on; pip refuses a wheel whose content differs."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--require-hashes", "--only-binary", ":all:", "--dest", str(folder), "-r", str(LOCK)],
        check=True,
    )  # fmt: skip


def unpack(wheels: Path, into: Path) -> None:
    """Write every wanted file of the downloaded wheels into the folder `into`."""
    wanted = manifest()
    for wheel in wanted["wheel"]:
        stem = f"{wheel['name'].replace('-', '_')}-{wheel['version']}-"
        with zipfile.ZipFile(next(wheels.glob(f"{stem}*.whl"))) as archive:
            for name, member in wheel.get("files", {}).items():
                (into / name).write_bytes(archive.read(member))
            if wheel["name"] == wanted["icons"]["wheel"]:
                inner = io.BytesIO(archive.read(wanted["icons"]["archive"]))
                with zipfile.ZipFile(inner) as icons:
                    drawn = sprite(icons, wanted["icons"]["folder"], wanted["icons"]["names"])
                (into / "icons.svg").write_text(drawn, encoding="utf-8")
    (into / "LICENSES.txt").write_text(licences(wanted), encoding="utf-8")


def put_in_place(fresh: Path, vendor: Path) -> None:
    """Move the files over, the stamp last: an interrupted run is seen as incomplete and done again."""
    vendor.mkdir(parents=True, exist_ok=True)
    (vendor / ".stamp").unlink(missing_ok=True)
    names = {path.name for path in fresh.iterdir()}
    for stray in [path for path in vendor.iterdir() if path.name not in names]:
        stray.unlink()
    for name in sorted(names):
        shutil.move(fresh / name, vendor / name)
    (vendor / ".stamp").write_text(fingerprint() + "\n", encoding="ascii")


def main() -> int:
    if is_current():
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        wheels, fresh = Path(scratch, "wheels"), Path(scratch, "fresh")
        wheels.mkdir()
        fresh.mkdir()
        try:
            download(wheels)
            unpack(wheels, fresh)
        except (AssetError, subprocess.CalledProcessError) as problem:
            print(f"tools/assets.py: {problem}", file=sys.stderr)
            return 1
        put_in_place(fresh, VENDOR)
    print(f"browser files: {len(file_names(manifest()))} in webapp/static/vendor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
