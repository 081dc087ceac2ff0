"""`user create`: people without the browser, for a first admin by script or a locked-out owner."""

import argparse
import secrets
import sys
from typing import Any

from webapp.settings import process_environment

from .output import ACTOR, CommandError, emit, opened

PASSWORD_NAME = "HOTEL_ASSISTANT_PASSWORD"  # noqa: S105  # the name of a variable, not a secret


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    user = commands.add_parser("user", help="people who sign in")
    actions = user.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser(
        "create",
        parents=[shared],
        help="make a person",
        description=f"The password comes from {PASSWORD_NAME} or, with --password-stdin, from standard input; "
        "else one is made and printed once.",
    )
    create.add_argument("--email", required=True)
    create.add_argument("--name", default="")
    create.add_argument("--role", choices=("owner", "admin", "staff"), default="admin")
    create.add_argument("--password-stdin", action="store_true")
    create.set_defaults(run=_create, makes_folder=True)


def _create(arguments: argparse.Namespace) -> int:
    from webapp.models import Role
    from webapp.services.users import UserError, create_user

    given = process_environment().get(PASSWORD_NAME, "")
    if arguments.password_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
        if not given:
            raise CommandError("--password-stdin was given, but standard input held no password.")
    password = given or secrets.token_urlsafe(15)
    with opened(arguments) as runtime:
        try:
            user = create_user(
                runtime,
                email=arguments.email,
                name=arguments.name or arguments.email.partition("@")[0],
                role=Role(arguments.role),
                password=password,
                actor=ACTOR,
            )
        except UserError as error:
            raise CommandError(str(error)) from error
    made = None if given else password
    lines = [f"{arguments.email} may sign in as {arguments.role}."]
    if made:
        lines.append(f"Password, shown this once: {made}")
    emit(
        arguments,
        {"id": user.public_id, "email": user.email, "role": user.role, "password": made},
        lines,
    )
    return 0
