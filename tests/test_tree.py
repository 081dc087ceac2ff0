"""The code base about itself: sizes, names, guides, partials."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import assets
from webapp.integrations import registry
from webapp.routes.shell import MENU

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "webapp/templates"
LONGEST_MODULE = 300
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
ALLOWED_NAMELESS = {"webapp/models/base.py"}  # what every table shares has no better name
ICON_BY_ALIAS = re.compile(r"""\bglyph\(\s*["']([a-z0-9-]+)["']""")


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def partials() -> list[Path]:
    """Not the macros in _ui: those are imported, never answered with."""
    return sorted(path for path in TEMPLATES.rglob("_*.html") if "_ui" not in path.parts)


def test_modules_stay_short_enough_to_read() -> None:
    long = {
        name_of(path): lines
        for path in modules("webapp", "simulator")
        if "versions" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert not long


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in modules("webapp", "simulator", "tools")
        if not (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip()
    ]
    assert not silent


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = {name_of(path) for path in modules("webapp", "simulator", "tools") if path.stem in NAMELESS}
    assert found <= ALLOWED_NAMELESS


@pytest.mark.parametrize("key", list(registry.PROVIDERS))
def test_every_provider_has_a_guide_and_an_icon(key: str) -> None:
    assert (ROOT / f"docs/providers/{key}.md").is_file()
    folder = ROOT / registry.PROVIDERS[key].replace(".", "/")
    assert (folder / "icon.svg").is_file()
    assert registry.manifest(key).key == key


@pytest.mark.parametrize("path", partials(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_partial_says_what_it_needs_and_its_root_is_called_after_it(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.startswith("{#"), "the first line is a comment that lists what it needs"
    markup = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    root = re.search(r"<\w+[^>]*>", markup)
    assert root is not None
    name = f"{path.parent.name}-{path.stem.lstrip('_')}".replace("_", "-")
    found = re.search(r'\bid="([^"]+)"', root.group())
    assert found is not None, f'the root element needs id="{name}"'
    # sign_in/_form.html is "sign-in-form"; a row of a list adds its own id to the name
    assert found.group(1) == name or found.group(1).startswith(name + "-{{")


def test_icons_of_the_menu_and_of_aliased_macros_are_in_the_sprite() -> None:
    listed = set(assets.manifest()["icons"]["names"])
    used = {icon for _, items in MENU for _, _, icon in items}
    for path in TEMPLATES.rglob("*.html"):
        used.update(ICON_BY_ALIAS.findall(path.read_text(encoding="utf-8")))
    assert used <= listed, sorted(used - listed)


def lines_of_templates() -> Iterator[tuple[str, str]]:
    for path in TEMPLATES.rglob("*.html"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{name_of(path)}:{number}", line


@pytest.mark.parametrize(
    ("forbidden", "why"),
    [
        (r"\sstyle=[\"']", "the content policy allows no style attribute"),
        (r"\son[a-z]+=[\"']", "the content policy allows no inline script"),
        (r"hx-on", "htmx may not evaluate scripts here"),
        (r"hx-vals=[\"']js:", "htmx may not evaluate scripts here"),
        (r"<script(?![^>]*\bsrc=)", "the content policy allows no inline script"),
        (r"<style", "the content policy allows no inline style"),
        (r"(?<!['\"])\|\s*safe\b", "nothing that came from outside is trusted as markup"),
        (r"(?:src|href|action)=[\"']https?://", "pages work without the internet"),
    ],
)
def test_templates_keep_to_the_content_policy(forbidden: str, why: str) -> None:
    pattern = re.compile(forbidden)
    found = [place for place, line in lines_of_templates() if pattern.search(line)]
    assert not found, why


def test_post_forms_carry_a_csrf_field() -> None:
    bare = []
    for path in TEMPLATES.rglob("*.html"):
        for form in re.findall(r"<form\b.*?</form>", path.read_text(encoding="utf-8"), re.DOTALL):
            if re.search(r'method="post"', form) and "csrf_field()" not in form:
                bare.append(name_of(path))
    assert not bare
