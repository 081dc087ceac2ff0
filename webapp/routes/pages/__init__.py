"""Pages: a person with a session. One file per noun, each with its blueprint in `pages`."""

from flask import Blueprint

from . import bookings, dashboard, portfolio, preferences, setup, sign_in, users

BLUEPRINTS: tuple[Blueprint, ...] = (
    dashboard.pages,
    bookings.pages,
    sign_in.pages,
    setup.pages,
    preferences.pages,
    users.pages,
    portfolio.pages,
)
