"""The other building blocks: what they say to those who do not see colour, and what works without scripts."""

from types import SimpleNamespace

from .conftest import Show
from .test_fields import the


def test_a_state_is_a_word_and_a_state_nobody_knows_is_shown_as_it_is(show: Show) -> None:
    assert the(show("pill.html", "state_pill('paused')"), ".pill-bad").get_text(strip=True) == "State paused"
    assert show("pill.html", "booking_pill('WLT')").get_text(strip=True) == "WLT"


def test_a_post_button_is_a_form_with_the_token_and_works_with_and_without_htmx(show: Show) -> None:
    soup = show("buttons.html", "post_button('Sync now', '/sync', hidden={'mode': 'full'}, target='#card')")
    form = the(soup, "form[method=post]")
    assert form["action"] == form["hx-post"] == "/sync"
    assert form["hx-target"] == "#card"
    assert {field["name"]: field["value"] for field in soup.select("input")} == {
        "csrf_token": "a-token",
        "mode": "full",
    }
    assert the(soup, "button")["type"] == "submit"


def test_a_question_is_asked_without_scripts(show: Show) -> None:
    soup = show(
        "dialog.html", "confirm_row('Remove', 'Remove it?', '/remove', 'Remove it', detail='For good.')"
    )
    assert the(soup, "details > summary").get_text(strip=True) == "Remove"
    assert "Remove it? For good." in " ".join(the(soup, "form").get_text(" ", strip=True).split())


def test_a_rung_says_how_it_went(show: Show) -> None:
    rungs = [
        SimpleNamespace(state="ok", name="Reached", detail="", ms=41),
        SimpleNamespace(state="bad", name="Signed in", detail="Refused (401)", ms=0),
        SimpleNamespace(state="skipped", name="Hotel", detail="", ms=None),
    ]
    soup = show("ladder.html", "ladder(rungs)", rungs=rungs)
    assert [" ".join(rung.get_text(" ", strip=True).split()) for rung in soup.select("li")] == [
        "Reached passed 41 ms",
        "Signed in failed Refused (401) 0 ms",
        "Hotel not tried",
    ]


def test_a_banner_says_who_acts(show: Show) -> None:
    soup = show(
        "banner.html", "banner('bad', 'Refused', 'The key is wrong.', 'Enter a new one.', 'admin', 'run_1')"
    )
    text = " ".join(soup.get_text(" ", strip=True).split())
    assert (
        text == "Refused The key is wrong. Enter a new one. For a hotel admin to put right. Reference run_1"
    )


def test_a_chart_has_its_figures_as_a_table(show: Show) -> None:
    days = [
        {"label": "Tue 24", "percent": 78, "sold": 47, "total": 60},
        {"label": "Wed 25", "percent": 103, "sold": 62, "total": 60},
    ]
    soup = show("charts.html", "occupancy(days, 'Occupancy')", days=days)
    assert [cell.get_text(strip=True) for cell in soup.select("tbody tr:last-child > *")] == [
        "Wed 25",
        "62",
        "60",
        "103 %",
    ]
    assert [bar["height"] for bar in soup.select("rect")] == ["78", "100"]


def test_a_line_of_equal_or_missing_values_is_drawn(show: Show) -> None:
    assert show("charts.html", "sparkline([3, none, 3], 'Flat')").select("path.spark-line")
    assert not show("charts.html", "sparkline([none, 3], 'Too few')").select("svg")


def test_paging_is_plain_links(show: Show) -> None:
    soup = show("pager.html", "pager(none, '/bookings?after=x', target='#bookings-table')")
    link = the(soup, "a")
    assert link["href"] == link["hx-get"] == "/bookings?after=x"
    assert link["rel"] == ["next"]
    assert show("pager.html", "pager()").get_text(strip=True) == ""


def test_an_age_keeps_the_exact_time(show: Show) -> None:
    view = SimpleNamespace(iso="2026-11-24T13:01:00Z", text="4 min ago", title="Tue 24 Nov, 14:01")
    assert the(show("ages.html", "time_ago(v)", v=view), "time")["datetime"] == "2026-11-24T13:01:00Z"
    assert show("ages.html", "time_ago(none)").get_text(strip=True) == "never"


def test_facts_take_pairs_and_objects(show: Show) -> None:
    soup = show(
        "definition.html", "facts([('Hotel', 'Aurora'), {'label': 'ID', 'value': 'AUR', 'note': 'theirs'}])"
    )
    assert [item.get_text(strip=True) for item in soup.select("dt, dd")] == [
        "Hotel",
        "Aurora",
        "ID",
        "AURtheirs",
    ]
