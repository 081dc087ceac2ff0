"""Fields tie label, help and errors together, and never send a secret back."""

from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from wtforms import (
    BooleanField,
    Form,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from .conftest import Show


class Sample(Form):
    address = StringField("Endpoint URL", [InputRequired("Enter the address.")])
    secret = PasswordField("API Key", [InputRequired()])
    region = SelectField("Region", choices=[SelectChoice("eu", "Europe")], default="eu")
    way = RadioField("Way", choices=[SelectChoice("a", "Key"), SelectChoice("b", "Basic")], default="b")
    data = SelectMultipleField(
        "Data types", choices=[SelectChoice("b", "Bookings"), SelectChoice("g", "Guests")], default=["g"]
    )
    hooks = BooleanField("Accept webhooks")


@pytest.fixture
def form() -> Any:
    return Sample()


def the(soup: BeautifulSoup, selector: str) -> Tag:
    found = soup.select(selector)
    assert len(found) == 1, f"{len(found)} of {selector}"
    return found[0]


def described_by(soup: BeautifulSoup, control: Tag) -> str:
    ids = str(control["aria-describedby"]).split()
    return " ".join(the(soup, f"#{one}").get_text(" ", strip=True) for one in ids)


def test_a_field_has_a_label_and_reads_its_help_and_the_vendors_word(show: Show, form: Any) -> None:
    soup = show(
        "fields.html", "field(f, help='Where it answers.', vendor_word='Base address')", f=form.address
    )
    control = the(soup, "input#address")
    assert the(soup, "label[for=address]").get_text(strip=True) == "Endpoint URL"
    assert described_by(soup, control) == "Where it answers. called “Base address” there"
    assert "aria-invalid" not in control.attrs


def test_an_error_is_marked_and_read_before_the_help(show: Show, form: Any) -> None:
    form.address.errors = ["Enter the address."]
    soup = show("fields.html", "field(f, help='Where it answers.')", f=form.address)
    control = the(soup, "input#address")
    assert control["aria-invalid"] == "true"
    assert described_by(soup, control) == "Enter the address. Where it answers."


def test_a_stored_secret_is_told_but_never_sent(show: Show) -> None:
    form = Sample(data={"secret": "hunter2-hunter2"})
    soup = show("fields.html", "field(f, stored='•••• ter2, set 12 Nov')", f=form.secret)
    control = the(soup, "input#secret")
    assert "hunter2" not in str(soup)
    assert not control.get("value")
    assert "required" not in control.attrs
    assert "Stored: •••• ter2, set 12 Nov. Leave empty to keep it." in described_by(soup, control)


def test_a_locked_choice_is_still_posted(show: Show, form: Any) -> None:
    soup = show("fields.html", "field(f, locked='From the environment')", f=form.region)
    assert "disabled" in the(soup, "select").attrs
    assert the(soup, "input[type=hidden][name=region]")["value"] == "eu"
    assert "From the environment" in described_by(soup, the(soup, "select"))


def test_choices_are_a_group_with_a_legend_and_keep_what_is_chosen(show: Show, form: Any) -> None:
    soup = show("fields.html", "radio_segment(f)", f=form.way)
    assert the(soup, "fieldset > legend").get_text(strip=True) == "Way"
    assert the(soup, "input[checked]")["value"] == "b"
    soup = show("fields.html", "check_rows(f, details={'b': 'Who comes'})", f=form.data)
    assert the(soup, "input[checked]")["value"] == "g"
    assert described_by(soup, the(soup, "input[value=b]")) == "Who comes"


def test_every_tick_has_its_label(show: Show, form: Any) -> None:
    soup = show("fields.html", "field(f, help='Needs a public address.')", f=form.hooks)
    assert the(soup, "label[for=hooks]").get_text(strip=True) == "Accept webhooks"
    assert described_by(soup, the(soup, "input[type=checkbox]")) == "Needs a public address."


def test_what_concerns_the_whole_form_is_an_alert(show: Show, form: Any) -> None:
    form.form_errors = ["They do not belong together."]
    soup = show("fields.html", "form_errors(f)", f=form)
    assert "They do not belong together." in the(soup, "[role=alert]").get_text()


def test_typed_text_is_escaped(show: Show) -> None:
    form = Sample(data={"address": '"><script>alert(1)</script>'})
    form.address.errors = ["<b>no</b>"]
    soup = show("fields.html", "field(f)", f=form.address)
    assert not soup.select("script, b")
