"""Guides: Markdown becomes plain blocks, links lead to the web only, and our own values stand at their places."""

from webapp.integrations import registry
from webapp.services import guides
from webapp.services.guides import Span, guide_of, parse

TEXT = """# Title

Intro with **bold**, `code` and *stress*.

## 1. Get a key

1. **Sign in** at [the panel](https://pms.example/login)
   with your own name.
2. Make a key

   - read only
   - for the hub

   ```
   GET /ping
   ```
3. [Not a page](javascript:alert) of ours

## 2. When it fails

| Says | Do |
|---|---|
| a \\| b | wait |

### Deeper

- one
- two
"""


def plain(line: tuple[Span, ...]) -> str:
    return "".join(span.text for span in line)


def test_steps_gather_what_stands_under_them() -> None:
    _intro, first, _second = parse(TEXT)
    assert [plain(step.title) for step in first.steps] == [
        "Sign in at the panel with your own name.",
        "Make a key",
        "Not a page of ours",
    ]
    assert [block.kind for block in first.steps[1].more] == ["list", "code"]
    assert first.steps[1].more[1].lines[0][0].text == "GET /ping"


def test_a_link_leads_to_the_web_or_nowhere() -> None:
    _intro, first, _second = parse(TEXT)
    links = [span for step in first.steps for span in step.title if span.kind == "link"]
    assert [link.url for link in links] == ["https://pms.example/login"]


def test_tables_headings_and_lists_are_blocks() -> None:
    _intro, _first, second = parse(TEXT)
    assert [block.kind for block in second.blocks] == ["table", "heading", "list"]
    assert [[plain(cell) for cell in row] for row in second.blocks[0].rows] == [
        ["Says", "Do"],
        ["a | b", "wait"],
    ]


def test_inline_marks_are_kept_apart() -> None:
    (line,) = parse(TEXT)[0].blocks[0].lines
    assert [span.kind for span in line] == ["text", "strong", "text", "code", "text", "em", "text"]


def test_every_provider_has_steps_to_tick_and_its_places_filled() -> None:
    values = {
        "public_base_url": "https://hub.example",
        "outgoing_address": "192.0.2.1",
        "webhook_url": "https://hub.example/x",
    }
    for key in registry.PROVIDERS:
        guide = guide_of(key, values)
        assert len(guide.first.steps) >= 3, key
        assert "{{outgoing_address}}" not in repr(guide), key
        assert "{{public_base_url}}" not in repr(guide), key


def test_a_provider_without_a_guide_gets_the_general_steps() -> None:
    guide = guide_of("no_such_provider", {})
    assert [plain(step.title) for step in guide.first.steps] == list(guides.GENERAL_STEPS)
    assert guide_of("../../etc/passwd", {}) == guide
