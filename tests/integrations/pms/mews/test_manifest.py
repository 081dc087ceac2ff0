"""What the manifest and the guide promise."""

from pathlib import Path

from tests.integrations.pms.mews.samples import ANSWERS
from webapp.integrations.kit.guard import NetworkPolicy, check_url
from webapp.integrations.pms.mews.manifest import DEMO, MANIFEST, PRODUCTION
from webapp.integrations.pms.mews.mapping import STATUSES

GUIDE = (Path(__file__).parents[4] / "docs" / "providers" / "mews.md").read_text(encoding="utf-8")


def test_the_labels_are_the_guides_with_the_words_of_mews_beside_them() -> None:
    words = {field.label: field.vendor_word for field in MANIFEST.fields}
    assert words["API Key"] == "Access token"
    assert words["API Secret"] == "Client token"
    assert words["Endpoint URL"] == "environment"
    assert words["Property/Hotel ID"] == "Enterprise id"


def test_only_the_two_environments_of_mews_are_taken_and_the_demo_proves_nothing() -> None:
    assert {endpoint.url: endpoint.is_stand_in for endpoint in MANIFEST.endpoints} == {
        PRODUCTION: False,
        DEMO: True,
    }
    assert MANIFEST.field("endpoint_url").default == PRODUCTION
    strict = NetworkPolicy()
    assert not check_url(DEMO, strict, MANIFEST.endpoints)
    assert check_url("https://api.example.com", strict, MANIFEST.endpoints)


def test_everything_that_opens_a_door_is_secret() -> None:
    assert MANIFEST.secret_names == {"api_key", "api_secret", "webhook_secret"}


def test_the_guide_names_every_operation_that_mews_has_to_enable() -> None:
    for operation in (*ANSWERS, "enterprises/getAll"):
        assert f"`{operation}`" in GUIDE


def test_the_guide_explains_every_state() -> None:
    for state in STATUSES:
        assert state in GUIDE
