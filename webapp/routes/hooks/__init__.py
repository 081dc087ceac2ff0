"""Hooks: vendors call these doors with bytes; no session, no CSRF token, the reception decides whom to believe."""

from flask import Blueprint

from . import pms

BLUEPRINTS: tuple[Blueprint, ...] = (pms.hooks,)
