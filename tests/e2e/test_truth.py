"""Health compares bookings with the PMS by itself, and again when an admin asks; the hotel's habits can be changed."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import sign_in

CLEAN = re.compile(r"0 of [1-9]\d* fields differ, checked \d\d:\d\d")
SOON = 75_000  # milliseconds: the clock looks once a minute


def test_health_says_how_many_fields_differ_and_checks_again_when_asked(quiet_page: Page, demo: Hub) -> None:
    sign_in(quiet_page, demo.url, "ian@demo.example")
    quiet_page.goto(demo.url + "/integrations/health")
    truth = quiet_page.locator("#health-truth")
    expect(truth.get_by_text(CLEAN).first).to_be_visible(timeout=SOON)
    marks = truth.locator(".strip rect:not(.strip-idle)")
    before = marks.count()
    truth.get_by_role("button", name=re.compile("Check now: compare Aurora")).click()
    expect(marks).not_to_have_count(before, timeout=SOON)
    expect(truth.get_by_text(CLEAN).first).to_be_visible()
    expect(quiet_page.get_by_text(re.compile(r"Night audit \d\d:\d\d–\d\d:\d\d"))).to_be_visible()


def test_an_admin_changes_the_night_audit(quiet_page: Page, demo: Hub) -> None:
    sign_in(quiet_page, demo.url, "ian@demo.example")
    quiet_page.get_by_role("navigation").get_by_role("link", name="Hotel", exact=True).click()
    minutes = quiet_page.get_by_label("Minutes before and after it")
    minutes.fill("45")
    quiet_page.get_by_role("button", name="Save").click()
    expect(quiet_page.get_by_text("Saved.").first).to_be_visible()
    expect(minutes).to_have_value("45")
