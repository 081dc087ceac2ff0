"""Pages: a person with a session. One file per noun, each with its blueprint in `pages`."""

from flask import Blueprint

from . import (
    bookings,
    connection_buttons,
    connection_settings,
    connections,
    dashboard,
    portfolio,
    preferences,
    recipe,
    setup,
    sign_in,
    users,
    wizard,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    dashboard.pages,
    bookings.pages,
    connections.pages,
    connection_buttons.pages,
    connection_settings.pages,
    wizard.pages,
    recipe.pages,
    sign_in.pages,
    setup.pages,
    preferences.pages,
    users.pages,
    portfolio.pages,
)
