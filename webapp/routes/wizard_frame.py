"""Where the wizard stands: its steps for a provider, which of them is shown, and the addresses before and after."""

from flask import url_for

from webapp.domain.value import Value
from webapp.integrations.kit.manifest import Manifest

from .i18n import gettext as _


class Step(Value, frozen=True):
    label: str
    url: str = ""


class Frame(Value, frozen=True):
    """`current` counts from 1, as the stepper does."""

    provider: str
    label: str
    steps: tuple[Step, ...]
    current: int

    @property
    def back_url(self) -> str:
        return self.steps[self.current - 2].url

    @property
    def next_url(self) -> str:
        return self.steps[self.current].url

    @classmethod
    def first(cls) -> "Frame":
        """Before a provider is chosen."""
        names = (_("Provider"), _("Credentials"), _("Sync settings"), _("Review"))
        return cls("", "", tuple(Step(name) for name in names), 1)


def frame_of(manifest: Manifest, step: str) -> Frame:
    """`step` is the last part of the address: credentials, mapping, sync or review."""
    names = [("credentials", _("Credentials"), "wizard.access")]
    if manifest.has_recipe:
        names.append(("mapping", _("Mapping"), "recipe.draft"))
    names += [("sync", _("Sync settings"), "wizard.sync"), ("review", _("Review"), "wizard.review")]
    steps = [
        Step(_("Provider"), url_for("wizard.choose")),
        *(Step(label, url_for(endpoint, provider=manifest.key)) for _key, label, endpoint in names),
    ]
    current = [key for key, _label, _endpoint in names].index(step) + 2
    return Frame(manifest.key, _(manifest.label), tuple(steps), current)
