"""Guesty: its Open API, read for one account or some of its listings."""
