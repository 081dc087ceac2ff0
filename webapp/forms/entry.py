"""What every form of ours does: reads the posted fields once, and takes a service's complaint at its field."""

from typing import Any, Self

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than its types


class EntryForm(Form):
    """A form filled from the request when it is a POST, else from `given`. CSRF is checked for every POST by the app."""

    def __init__(self, formdata: MultiDict[str, str] | None = None, **given: Any) -> None:
        posted = request.form if request.method == "POST" else None
        super().__init__(posted if formdata is None else formdata, data=given)

    @classmethod
    def filled(cls, **given: Any) -> Self:
        """A form to show after a POST, with `given` instead of what was posted."""
        form = cls(MultiDict())
        form.process(None, data=given)
        return form

    def is_posted_well(self) -> bool:
        return request.method == "POST" and self.validate()

    def blame(self, field: str, sentence: str) -> None:
        """Show `sentence` at `field`, or above the form when it has no such field."""
        if field in self:
            self[field].errors = [*self[field].errors, sentence]
        else:
            self.form_errors.append(sentence)


def choice(value: str, label: str) -> Any:
    """One option of a select or radio field."""
    return SelectChoice(value, label)
