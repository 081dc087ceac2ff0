"""Another program is told of a booking: added, tested and mended in the browser, its calls verified by other people's code."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook

from tests.e2e.conftest import Hub
from tests.e2e.stories import sign_in
from tests.e2e.test_webhooks_and_repair import SOON, Vendor, vendor
from tests.receiver import Receiver, Reply, Told, receiving

__all__ = ["vendor"]

NODE = shutil.which("node")
VERIFY = """
const { Webhook } = require("standardwebhooks");
const { secret, body, headers } = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
"""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def hub(start_hub: Callable[..., Hub]) -> Hub:
    """A demo whose operator opened loopback to receivers, with a calendar of seconds."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1/32")
        environment.setenv("OUTBOUND_RETRY_SCHEDULE", "0,1,2")
        return start_hub("demo", until="Every start begins anew")


@pytest.fixture(scope="module")
def secrets() -> list[str]:
    """The signing secret, as the first story read it off the screen."""
    return []


def wait_for_call(page: Page, receiver: Receiver, count: int) -> Told:
    for _ in range(40):
        if len(receiver.told) >= count:
            return receiver.told[count - 1]
        page.wait_for_timeout(500)
    pytest.fail(f"{count} calls were expected, {len(receiver.told)} came")


def book(vendor: Vendor, last: str) -> None:
    day = date.fromisoformat(vendor("GET", "world")["business_date"])
    stay = {"arrival": day.isoformat(), "departure": (day + timedelta(days=1)).isoformat()}
    vendor("POST", "world/book", {**stay, "first": "Otto", "last": last})


def test_an_endpoint_is_added_and_tested(
    quiet_page: Page, hub: Hub, receiver: Receiver, secrets: list[str]
) -> None:
    page = quiet_page
    sign_in(page, hub.url, "ian@demo.example")
    page.goto(hub.url + "/settings/api-access")
    page.get_by_role("link", name="Add endpoint").click()
    page.listener.expect("422")  # type: ignore[attr-defined]
    page.get_by_label("Address", exact=True).fill("https://10.0.0.7/hooks")
    page.get_by_text("booking.created", exact=True).click()
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.get_by_text("This address is not allowed.").first).to_be_visible()
    page.get_by_label("Address", exact=True).fill(receiver.url)
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.get_by_text("It is told from now on.").first).to_be_visible()
    secrets.append(page.get_by_label("Signing secret").inner_text())
    assert secrets[0].startswith("whsec_")
    page.get_by_role("link", name="Send a test").click()
    page.get_by_role("button", name="Send test").click()
    expect(page.get_by_text("The test arrived.").first).to_be_visible(timeout=SOON)
    expect(
        page.get_by_role("table", name="Deliveries").get_by_role("link", name="webhook.test")
    ).to_be_visible()
    assert secrets[0] not in page.content()


def test_a_booking_at_the_pms_is_told_and_the_drawer_shows_it(
    quiet_page: Page, hub: Hub, vendor: Vendor, receiver: Receiver, secrets: list[str]
) -> None:
    page = quiet_page
    book(vendor, "Outboundson")
    told = wait_for_call(page, receiver, 2)
    assert Webhook(secrets[0]).verify(told.body, told.headers)["type"] == "booking.created"
    assert b"Outboundson" not in told.body
    sign_in(page, hub.url, "ian@demo.example")
    page.goto(hub.url + "/settings/api-access")
    page.get_by_role("table", name="Webhook endpoints").get_by_role("link").first.click()
    page.get_by_role("table", name="Deliveries").get_by_role("link", name="booking.created").click()
    drawer = page.get_by_role("dialog", name="Details")
    expect(drawer.get_by_text(told.headers["webhook-id"]).first).to_be_visible()
    expect(drawer.get_by_text("Answered 200").first).to_be_visible()


def test_a_receiver_that_is_gone_is_mended_from_the_dashboard(
    quiet_page: Page, hub: Hub, vendor: Vendor, receiver: Receiver
) -> None:
    page = quiet_page
    sign_in(page, hub.url, "ian@demo.example")
    receiver.reply(Reply(410))
    before = len(receiver.told)
    book(vendor, "Goneson")
    refused = wait_for_call(page, receiver, before + 1).headers["webhook-id"]
    card = page.get_by_role("region", name="is told no more")
    for _ in range(20):
        page.goto(hub.url + "/")
        if card.is_visible():
            break
        page.wait_for_timeout(500)
    receiver.reply(Reply(200))
    card.get_by_role("button", name="Test and switch on").click()
    expect(page.get_by_text("is told again").first).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="it missed").click()
    page.get_by_role("button", name="Send them again").click()
    expect(page.get_by_text("sent again").first).to_be_visible()
    for _ in range(40):
        heard = [told for told in receiver.told if told.headers["webhook-id"] == refused]
        if len(heard) > 1:
            break
        page.wait_for_timeout(500)
    assert len({told.body for told in heard}) == 1
    assert len(heard) == 2


def test_another_language_verifies_every_call(receiver: Receiver, secrets: list[str]) -> None:
    """By the package that receivers written in JavaScript use; NODE_PATH may say where it is."""
    if NODE is None:
        pytest.skip("there is no Node on this machine")
    if subprocess.run(
        [NODE, "-e", "require('standardwebhooks')"], check=False, capture_output=True
    ).returncode:
        pytest.skip("Node finds no standardwebhooks (npm install standardwebhooks, then NODE_PATH)")
    assert receiver.told
    for told in receiver.told:
        given = {"secret": secrets[0], "body": told.body.decode(), "headers": told.headers}
        done = subprocess.run(
            [NODE, "-e", VERIFY], input=json.dumps(given), text=True, capture_output=True, check=True
        )
        assert json.loads(done.stdout)["id"] == told.headers["webhook-id"]
