"""Probes for whoever watches the machine: does the process live, may it get traffic."""

from flask import Blueprint, Response, jsonify

from webapp.services import installation

from .context import current_runtime
from .guards import open_to_all

probes = open_to_all(Blueprint("state", __name__))


@probes.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@probes.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503 while the database does not answer or its tables are not those of this version."""
    state = installation.readiness(current_runtime())
    ready = state.database and state.migrations
    answer = jsonify(
        status="ok" if ready else "not ready", database=state.database, migrations=state.migrations
    )
    return answer, 200 if ready else 503
