"""Providers in words: what a card of the catalogue says, the fields of a way in, and the guide's own values."""

from collections.abc import Mapping
from typing import Any

from flask import request

from webapp.domain.value import Value
from webapp.forms.connection import STREAM_LABELS, AccessForm
from webapp.integrations import registry
from webapp.integrations.kit.manifest import EndpointHost, Manifest
from webapp.services import outgoing_addresses
from webapp.services.connection_entry import active_names, conditional_names
from webapp.services.connection_views import SecretHint

from .connection_words import honesty, initials, stored_secret
from .context import current_runtime
from .i18n import gettext as _

WEBHOOK_PATH = "/api/integrations/pms/webhook"


class Capability(Value, frozen=True):
    label: str
    can: bool
    note: str = ""


class ProviderText(Value, frozen=True):
    """A card of the catalogue."""

    key: str
    label: str
    summary: str
    mark: str
    auth: str
    honesty: str
    capabilities: tuple[Capability, ...]


class FieldText(Value, frozen=True):
    """What stands around one field. An inactive one is shown only where no script can bring it up in time.

    `only_for` names the choices that need it; `hosts` are offered to choose from.
    """

    name: str
    vendor_word: str
    is_secret: bool
    is_choice: bool
    is_active: bool
    is_optional: bool
    only_for: str
    stored: str | None
    hosts: tuple[EndpointHost, ...] = ()


def catalogue() -> tuple[ProviderText, ...]:
    """Every provider of this version."""
    return tuple(provider(manifest) for manifest in registry.manifests() if manifest.family == "pms")


def provider(manifest: Manifest) -> ProviderText:
    return ProviderText(
        key=manifest.key,
        label=_(manifest.label),
        summary=_(manifest.summary),
        mark=initials(manifest.label),
        auth=_(manifest.auth),
        honesty=honesty(manifest.proven),
        capabilities=tuple(_capabilities(manifest)),
    )


def fields_of(manifest: Manifest, form: AccessForm, hints: Mapping[str, SecretHint]) -> tuple[FieldText, ...]:
    """In the manifest's order, without the recipe."""
    values: dict[str, Any] = form.options()
    active, conditional = active_names(manifest, values), conditional_names(manifest)
    return tuple(
        FieldText(
            name=item.name,
            vendor_word=_(item.vendor_word) if item.vendor_word else "",
            is_secret=item.is_secret,
            is_choice=item.kind == "choice",
            is_active=item.name in active,
            is_optional=not item.required and not item.default and item.name not in conditional,
            only_for=_only_for(manifest, item.name),
            stored=stored_secret(hints.get(item.name)) if item.is_secret else None,
            hosts=manifest.endpoints if item.name == "endpoint_url" else (),
        )
        for item in manifest.fields
        if item.kind != "recipe"
    )


def guide_values() -> dict[str, str]:
    """Our own values for a provider's guide."""
    base = current_runtime().settings.public_base_url or request.host_url.rstrip("/")
    with current_runtime().reading() as session:
        outgoing = outgoing_addresses.known(session).best
    return {
        "public_base_url": base,
        "webhook_url": base + WEBHOOK_PATH,
        "outgoing_address": outgoing or _("the public IP address of your network"),
    }


def _only_for(manifest: Manifest, name: str) -> str:
    labels = [_(choice.label) for item in manifest.fields for choice in item.choices if name in choice.fields]
    return _("Only for: %(choices)s") % {"choices": ", ".join(labels)} if labels else ""


def _capabilities(manifest: Manifest) -> list[Capability]:
    kinds = [Capability(str(label), stream in manifest.streams) for stream, label in STREAM_LABELS.items()]
    if manifest.webhook is not None:
        events = Capability(_("Tells us of changes (webhooks)"), True)
    else:
        reason = _(manifest.no_webhook_reason) if manifest.no_webhook_reason else ""
        events = Capability(_("Tells us of changes (webhooks)"), False, reason)
    return [*kinds, events]
