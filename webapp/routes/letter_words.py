"""Setting webhooks up in words: the ready letter to a vendor that does it by hand, and what is registered elsewhere."""

from urllib.parse import quote

from webapp.domain.value import Value
from webapp.integrations.kit.manifest import Manifest, WebhookSpec
from webapp.services.connection_views import Detail
from webapp.services.hit_subscriptions import Orders
from webapp.services.vendor_letters import VendorLetter

from .i18n import gettext as _
from .run_words import PillText


class LetterText(Value, frozen=True):
    """`mailto` opens it in the reader's mail program; `is_whole` says that the hotel's id stands in it."""

    to: str
    text: str
    mailto: str
    is_whole: bool


class VendorLetterText(Value, frozen=True):
    """The doctor's letter to a vendor's support; `mailto` opens it in the reader's mail program."""

    text: str
    mailto: str


class OrderText(Value, frozen=True):
    """One event of the provider: what it means here, and whether the provider has it on order."""

    word: str
    meanings: str
    state: PillText


def letter(spec: WebhookSpec | None, detail: Detail, url: str | None, hotel: str) -> LetterText | None:
    """None where the vendor needs no letter, or there is no address to write of."""
    if spec is None or spec.letter is None or url is None:
        return None
    account = str(detail.options.get("property_id") or "")
    values = {"url": url, "hotel": hotel, "account": account or "the one of our access token"}
    subject, body = spec.letter.subject % values, spec.letter.body % values
    return LetterText(
        to=_(spec.letter.to),
        text=f"{subject}\n\n{body}",
        mailto=f"mailto:?subject={quote(subject)}&body={quote(body)}",
        is_whole=bool(account),
    )


def to_vendor(found: VendorLetter | None) -> VendorLetterText | None:
    if found is None:
        return None
    return VendorLetterText(
        text=f"{found.subject}\n\n{found.body}",
        mailto=f"mailto:?subject={quote(found.subject)}&body={quote(found.body)}",
    )


def orders(manifest: Manifest, found: Orders) -> tuple[OrderText, ...]:
    meanings: dict[str, list[str]] = {}
    for name, meaning in manifest.webhook.events if manifest.webhook else ():
        meanings.setdefault(name.partition("=")[0], []).append(meaning)
    return tuple(
        OrderText(
            word=word,
            meanings=", ".join(dict.fromkeys(meanings.get(word, ()))),
            state=PillText("ok", _("Registered"))
            if word in found.present
            else PillText("warn", _("Missing")),
        )
        for word in found.wanted
    )
