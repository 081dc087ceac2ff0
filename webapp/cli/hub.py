"""`setup`, `upgrade`, `doctor` and `rotate-key`: the installation itself."""

import argparse
import secrets
from dataclasses import asdict
from typing import Any

from webapp.settings import process_environment

from .output import ACTOR, CommandError, emit, opened, settings_of
from .people import PASSWORD_NAME


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    setup = commands.add_parser(
        "setup", parents=[shared], help="the set-up wizard without a browser (new data folder)"
    )
    setup.add_argument("--hotel", required=True, metavar="NAME", help="the hotel's name")
    setup.add_argument("--timezone", required=True, help="for example Europe/Zurich")
    setup.add_argument("--currency", required=True, help="for example EUR")
    setup.add_argument("--audit-hour", type=int, default=3, help="local hour of the night audit (default: 3)")
    setup.add_argument("--email", required=True, help="the owner's e-mail")
    setup.add_argument("--name", default="Owner", help="the owner's name")
    setup.set_defaults(run=_setup, makes_folder=True)
    upgrade = commands.add_parser("upgrade", parents=[shared], help="bring the database up to this version")
    upgrade.set_defaults(run=_upgrade)
    doctor = commands.add_parser(
        "doctor", parents=[shared], help="examine this installation; exit 1 if something is wrong"
    )
    doctor.set_defaults(run=_doctor)
    rotate = commands.add_parser(
        "rotate-key", parents=[shared], help="seal what is stored with a new key (the hub must be stopped)"
    )
    rotate.set_defaults(run=_rotate_key)


def _setup(arguments: argparse.Namespace) -> int:
    from webapp.models import Role
    from webapp.services import audit, hotels, users

    given = process_environment().get(PASSWORD_NAME, "")
    password = given or secrets.token_urlsafe(15)
    hotel = hotels.NewHotel(
        arguments.hotel, arguments.timezone, arguments.currency.upper(), arguments.audit_hour
    )
    with opened(arguments) as runtime:
        try:
            with runtime.writing() as session:
                if hotels.current_hotel(session) is not None:
                    raise CommandError("This hub is set up already.")
                hotels.add_hotel(runtime, session, hotel)
                users.add_user(
                    runtime,
                    session,
                    email=arguments.email,
                    name=arguments.name,
                    role=Role.OWNER,
                    password=password,
                )
                audit.record(
                    runtime, session, ACTOR, "hotel.claimed", f"{arguments.email} set up {arguments.hotel}"
                )
        except (hotels.ClaimError, users.UserError) as error:
            raise CommandError(str(error)) from error
    lines = [f"{arguments.hotel} is set up; {arguments.email} is its owner."]
    if not given:
        lines.append(f"Password, shown this once: {password}")
    emit(
        arguments,
        {"hotel": arguments.hotel, "email": arguments.email, "password": None if given else password},
        lines,
    )
    return 0


def _upgrade(arguments: argparse.Namespace) -> int:
    from webapp import migrations
    from webapp.runtime import make_engine

    settings = settings_of(arguments)
    if settings.uses_sqlite and not (settings.data_dir / "hub.sqlite3").exists():
        raise CommandError(f"There is no hub in {settings.data_dir} to upgrade.")
    engine = make_engine(settings.database_url)
    try:
        before = migrations.current(engine)
    finally:
        engine.dispose()
    with opened(arguments):
        pass
    after = migrations.head()
    text = f"Already at {after}." if before == after else f"Upgraded from {before} to {after}."
    emit(arguments, {"before": before, "after": after}, [text])
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from webapp.services.self_check import examine

    with opened(arguments) as runtime:
        findings = examine(runtime)
    lines = []
    for finding in findings:
        lines.append(f"{'ok  ' if finding.ok else 'BAD '} {finding.name}: {finding.text}")
        if finding.advice:
            lines.append(f"       {finding.advice}")
    emit(arguments, [asdict(finding) for finding in findings], lines)
    return 0 if all(finding.ok for finding in findings) else 1


def _rotate_key(arguments: argparse.Namespace) -> int:
    from webapp.services.key_rotation import HubRuns, rotate

    with opened(arguments) as runtime:
        try:
            done = rotate(runtime, actor=ACTOR)
        except HubRuns as error:
            raise CommandError(str(error)) from error
        key_file = runtime.settings.key_file
    lines = [
        f"{done.moved:,} stored values are sealed with a new key. Back up {key_file} with the database now."
    ]
    if done.lost:
        lines.append(
            f"{done.lost:,} values could not be opened with the old key either; they stay as they were."
        )
    emit(arguments, {"moved": done.moved, "lost": done.lost}, lines)
    return 0
