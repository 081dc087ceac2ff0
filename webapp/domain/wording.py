"""Marks sentences for translation where no request, and so no language, is at hand yet."""


def N_(text: str) -> str:
    """The text itself: tools/messages.py collects it, a route translates it with its parameters."""
    return text
