"""The REST API: a program with a key. One door takes every call; what stands behind it is loaded with the first one."""

from flask import Blueprint

from .door import api

BLUEPRINTS: tuple[Blueprint, ...] = (api,)
