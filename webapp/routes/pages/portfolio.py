"""Every building block of the pages in each of its states; in a demo only."""

from flask import Blueprint, abort, render_template

from webapp.routes.context import current_runtime
from webapp.routes.guards import open_to_all

pages = open_to_all(Blueprint("portfolio", __name__))


@pages.get("/portfolio")
def index() -> str:
    if not current_runtime().settings.is_demo:
        abort(404)
    return render_template("portfolio/index.html")
