"""People: who may sign in, and as what. For owners."""

from collections.abc import Callable

from flask import Blueprint, Response, abort
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.user import InviteForm, RoleForm
from webapp.models import Role
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import say
from webapp.routes.respond import invalid, page_or_partial
from webapp.services import users
from webapp.services.users import Invited, Person, UserError

pages = open_to(Role.OWNER)(Blueprint("users", __name__, url_prefix="/settings/security/users"))
LIST_PAGE, LIST, INVITE = "users/index.html", "users/_list.html", "users/_invite.html"
ONE_PAGE, ONE = "users/show.html", "users/_person.html"


@pages.get("")
def index() -> Response:
    return page_or_partial(LIST_PAGE, LIST, people=_everyone(), form=InviteForm(), invited=None)


@pages.post("")
def invite() -> Response:
    """Shows the one-time password in this answer and never again."""
    form = InviteForm()
    if form.is_posted_well():
        try:
            invited = users.invite(
                current_runtime(),
                email=form.email.data or "",
                name=form.name.data or "",
                role=form.chosen_role,
                actor=the_person().email,
            )
        except UserError as error:
            form.blame(error.field, say(error.message, error.parameters))
        else:
            response = page_or_partial(
                LIST_PAGE, INVITE, people=_everyone(), form=InviteForm.filled(), invited=invited
            )
            response.headers["HX-Trigger"] = "people-changed"
            return response
    return invalid(LIST_PAGE, INVITE, retarget="#users-invite", people=_everyone(), form=form, invited=None)


@pages.get("/<public_id>")
def show(public_id: str) -> Response:
    return _one(_find(public_id))


@pages.post("/<public_id>/role")
def change_role(public_id: str) -> AnyResponse:
    form = RoleForm()
    if not form.is_posted_well():
        return _one_invalid(_find(public_id), form)
    return _change(
        public_id,
        lambda: users.change_role(current_runtime(), public_id, form.chosen_role, actor=the_person().email),
    )


@pages.post("/<public_id>/deactivate")
def deactivate(public_id: str) -> AnyResponse:
    return _change(
        public_id, lambda: users.deactivate(current_runtime(), public_id, actor=the_person().email)
    )


@pages.post("/<public_id>/reactivate")
def reactivate(public_id: str) -> AnyResponse:
    return _change(
        public_id, lambda: users.reactivate(current_runtime(), public_id, actor=the_person().email)
    )


@pages.post("/<public_id>/password")
def reset_password(public_id: str) -> AnyResponse:
    """Shows the one-time password in this answer and never again."""
    _find(public_id)
    invited = users.reset_password(current_runtime(), public_id, actor=the_person().email)
    return _one(invited.person, invited)


def _change(public_id: str, act: Callable[[], Person]) -> AnyResponse:
    """Do it and show the person as it is now; a refusal comes back at the role."""
    before = _find(public_id)
    try:
        return _one(act(), changed=True)
    except UserError as error:
        form = RoleForm.filled(role=before.role.value)
        form.blame(error.field, say(error.message, error.parameters))
        return _one_invalid(before, form)


def _one(person: Person, invited: Invited | None = None, *, changed: bool = False) -> Response:
    form = RoleForm.filled(role=person.role.value)
    return page_or_partial(
        ONE_PAGE, ONE, person=person, form=form, invited=invited, changed=changed, me=the_person().public_id
    )


def _one_invalid(person: Person, form: RoleForm) -> Response:
    return invalid(
        ONE_PAGE,
        ONE,
        retarget="#users-person",
        person=person,
        form=form,
        invited=None,
        changed=False,
        me=the_person().public_id,
    )


def _find(public_id: str) -> Person:
    with current_runtime().reading() as session:
        person = users.find(session, public_id)
    return person or abort(404)


def _everyone() -> tuple[Person, ...]:
    with current_runtime().reading() as session:
        return users.everyone(session)
