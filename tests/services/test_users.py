"""People: who is added, changed, kept out; and that an owner always stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select

from tests.cast import ADA, BEN, IAN, Statements, public_id_of
from webapp.models import LogEntry, Role, User
from webapp.runtime import Runtime
from webapp.services import passwords, users
from webapp.services.users import UserError

CountQueries = Callable[[Runtime], AbstractContextManager[Statements]]
LONG = "a long enough password"


def make(hub: Runtime, **changed: str) -> users.Person:
    given = {"email": "Eva@Aurora.example ", "name": " Eva  Holm ", "password": LONG, **changed}
    return users.create_user(hub, role=Role.STAFF, actor=ADA.email, **given)


def actions(hub: Runtime) -> list[str]:
    with hub.reading() as session:
        return list(session.scalars(select(LogEntry.action).order_by(LogEntry.id)))


def everything_logged(hub: Runtime) -> str:
    with hub.reading() as session:
        return "\n".join(session.scalars(select(LogEntry.summary)))


def test_a_new_person_is_stored_tidily_with_only_a_hash_of_the_password(hub: Runtime) -> None:
    person = make(hub)
    assert (person.email, person.name, person.role) == ("eva@aurora.example", "Eva Holm", Role.STAFF)
    with hub.reading() as session:
        row = session.scalars(select(User).where(User.email == person.email)).one()
    assert row.password_hash.startswith("$argon2id$")
    assert passwords.is_right(row.password_hash, LONG)
    assert not passwords.is_right(row.password_hash, LONG + "!")
    assert LONG not in everything_logged(hub) + repr(person)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ADA.email.upper()),
        ("email", "no address"),
        ("email", "two@at@signs.example"),
        ("name", "   "),
        ("name", "x" * 121),
        ("password", "eleven char"),
        ("password", "x" * 201),
        ("password", "EVA@aurora.example"),
    ],
)
def test_what_is_wrong_with_a_person_is_told_by_field(hub: Runtime, field: str, value: str) -> None:
    with pytest.raises(UserError) as told:
        make(hub, **{field: value})
    assert told.value.field == field
    assert "%" not in str(told.value)
    assert actions(hub) == []


def test_an_invited_person_signs_in_with_the_password_shown_once(hub: Runtime) -> None:
    invited = users.invite(hub, email="eva@aurora.example", name="Eva", role=Role.ADMIN, actor=ADA.email)
    with hub.reading() as session:
        row = session.scalars(select(User).where(User.email == "eva@aurora.example")).one()
    assert passwords.is_right(row.password_hash, invited.password)
    assert len(invited.password) == 23
    assert invited.password not in everything_logged(hub) + repr(invited)


def test_the_last_owner_stays_an_owner(hub: Runtime) -> None:
    ada = public_id_of(hub, ADA)
    with pytest.raises(UserError, match="last owner"):
        users.change_role(hub, ada, Role.ADMIN, actor=ADA.email)
    with pytest.raises(UserError, match="last owner"):
        users.deactivate(hub, ada, actor=ADA.email)
    users.change_role(hub, public_id_of(hub, IAN), Role.OWNER, actor=ADA.email)
    assert users.change_role(hub, ada, Role.ADMIN, actor=ADA.email).role is Role.ADMIN
    assert actions(hub) == ["user.role_changed"] * 2


def test_a_deactivated_owner_does_not_count_as_one(hub: Runtime) -> None:
    ian = public_id_of(hub, IAN)
    users.change_role(hub, ian, Role.OWNER, actor=ADA.email)
    users.deactivate(hub, ian, actor=ADA.email)
    with pytest.raises(UserError, match="last owner"):
        users.deactivate(hub, public_id_of(hub, ADA), actor=ADA.email)


def test_two_owners_who_leave_at_once_cannot_both_go(either_hub: Runtime) -> None:
    hub = either_hub
    owners = [public_id_of(hub, person) for person in (ADA, IAN)]
    users.change_role(hub, owners[1], Role.OWNER, actor=ADA.email)

    def leave(public_id: str) -> bool:
        try:
            users.deactivate(hub, public_id, actor="")
        except UserError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        left = list(pool.map(leave, owners))
    assert sorted(left) == [False, True]


@pytest.mark.parametrize("leave", ["deactivate", "change_role"])
def test_whoever_leaves_waits_for_all_owners_in_one_order(
    postgres_hub: Runtime, count_queries: CountQueries, leave: str
) -> None:
    """Each locked their own row first, and then waited for the other's, until the database ended one of them."""
    owner = public_id_of(postgres_hub, ADA)
    users.change_role(postgres_hub, public_id_of(postgres_hub, IAN), Role.OWNER, actor=ADA.email)
    with count_queries(postgres_hub) as statements:
        if leave == "deactivate":
            users.deactivate(postgres_hub, owner, actor="")
        else:
            users.change_role(postgres_hub, owner, Role.STAFF, actor="")
    first = next(text for text in statements.texts if "FOR UPDATE" in text)
    assert "app_user.role =" in first
    assert "ORDER BY app_user.id" in first


def test_deactivating_changes_the_stamp_and_can_be_undone(hub: Runtime) -> None:
    ben = public_id_of(hub, BEN)
    with hub.reading() as session:
        before = users.find(session, ben)
    gone = users.deactivate(hub, ben, actor=ADA.email)
    back = users.reactivate(hub, ben, actor=ADA.email)
    assert before is not None
    assert (gone.is_active, back.is_active) == (False, True)
    assert before.session_stamp != gone.session_stamp == back.session_stamp


def test_doing_it_again_changes_and_logs_nothing(hub: Runtime) -> None:
    ben = public_id_of(hub, BEN)
    users.change_role(hub, ben, Role.STAFF, actor=ADA.email)
    users.reactivate(hub, ben, actor=ADA.email)
    users.rename(hub, ben, BEN.name, actor=ADA.email)
    assert actions(hub) == []


def test_each_change_of_a_person_is_in_the_log_with_who_made_it(hub: Runtime) -> None:
    eva = make(hub).public_id
    users.rename(hub, eva, "Eva Lund", actor=IAN.email)
    users.change_role(hub, eva, Role.ADMIN, actor=ADA.email)
    users.deactivate(hub, eva, actor=ADA.email)
    users.reactivate(hub, eva, actor=ADA.email)
    fresh = users.reset_password(hub, eva, actor=ADA.email)
    users.change_own_password(hub, eva, old=fresh.password, new=LONG)
    with hub.reading() as session:
        rows = session.execute(select(LogEntry.action, LogEntry.actor).order_by(LogEntry.id)).all()
    assert [tuple(row) for row in rows] == [
        ("user.created", ADA.email),
        ("user.renamed", IAN.email),
        ("user.role_changed", ADA.email),
        ("user.deactivated", ADA.email),
        ("user.reactivated", ADA.email),
        ("user.password_reset", ADA.email),
        ("user.password_changed", "eva@aurora.example"),
    ]


def test_resetting_a_password_ends_the_old_one_and_all_sessions(hub: Runtime) -> None:
    ben = public_id_of(hub, BEN)
    with hub.reading() as session:
        before = users.find(session, ben)
    fresh = users.reset_password(hub, ben, actor=ADA.email)
    with hub.reading() as session:
        row = session.scalars(select(User).where(User.public_id == ben)).one()
    assert before is not None
    assert fresh.person.session_stamp != before.session_stamp
    assert passwords.is_right(row.password_hash, fresh.password)
    assert not passwords.is_right(row.password_hash, BEN.password)


def test_changing_the_own_password_needs_the_old_one(hub: Runtime) -> None:
    ben = public_id_of(hub, BEN)
    with pytest.raises(UserError) as told:
        users.change_own_password(hub, ben, old="not it", new=LONG)
    assert told.value.field == "old_password"
    changed = users.change_own_password(hub, ben, old=BEN.password, new=LONG)
    with hub.reading() as session:
        row = session.scalars(select(User).where(User.public_id == ben)).one()
    assert row.session_stamp == changed.session_stamp
    assert passwords.is_right(row.password_hash, LONG)


def test_nobody_has_an_unknown_id(hub: Runtime) -> None:
    with pytest.raises(UserError, match="no such person"):
        users.rename(hub, "us_nobody", "X", actor=ADA.email)
    with hub.reading() as session:
        assert users.find(session, "us_nobody") is None


def test_people_are_listed_active_first(hub: Runtime) -> None:
    users.deactivate(hub, public_id_of(hub, BEN), actor=ADA.email)
    with hub.reading() as session:
        assert [person.email for person in users.everyone(session)] == [ADA.email, IAN.email, BEN.email]


def test_an_appearance_is_one_of_three(hub: Runtime) -> None:
    ben = public_id_of(hub, BEN)
    users.set_theme(hub, ben, "dark")
    with pytest.raises(UserError, match="appearance"):
        users.set_theme(hub, ben, "pink")
    with hub.reading() as session:
        found = users.find(session, ben)
    assert found is not None
    assert found.theme == "dark"
