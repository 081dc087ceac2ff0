"""Pages: a person with a session. One file per noun, each with its blueprint in `pages`."""

from flask import Blueprint

from . import (
    approvals,
    bookings,
    connection_buttons,
    connection_settings,
    connections,
    dashboard,
    doctor,
    health,
    log_entries,
    logs,
    portfolio,
    preferences,
    recipe,
    repairs,
    setup,
    sign_in,
    users,
    webhooks,
    wizard,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    dashboard.pages,
    bookings.pages,
    health.pages,
    logs.pages,
    log_entries.pages,
    repairs.pages,
    connections.pages,
    connection_buttons.pages,
    connection_settings.pages,
    doctor.pages,
    wizard.pages,
    approvals.pages,
    webhooks.pages,
    recipe.pages,
    sign_in.pages,
    setup.pages,
    preferences.pages,
    users.pages,
    portfolio.pages,
)
