"""Recognises keys of well-known services by how they begin, so that one in the wrong field is named at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyKind:
    """`owner` is the service's name; empty for a certificate or a private key, which anybody may have made."""

    owner: str = ""
    is_signing: bool = False  # proves calls to somebody, and opens nothing


_SIGNING = KeyKind(is_signing=True)
# Beginnings that the services document themselves.
_BEGINNINGS: dict[str, KeyKind] = {
    "sk_live_": KeyKind("Stripe"),
    "sk_test_": KeyKind("Stripe"),
    "rk_live_": KeyKind("Stripe"),
    "rk_test_": KeyKind("Stripe"),
    "pk_live_": KeyKind("Stripe"),
    "pk_test_": KeyKind("Stripe"),
    "whsec_": _SIGNING,
    "SG.": KeyKind("SendGrid"),
    "AKIA": KeyKind("Amazon Web Services"),
    "EAAA": KeyKind("Square"),
    "sq0atp-": KeyKind("Square"),
    "sq0csp-": KeyKind("Square"),
    "AIza": KeyKind("Google"),
    "ya29.": KeyKind("Google"),
    "xoxb-": KeyKind("Slack"),
    "xoxp-": KeyKind("Slack"),
    "ghp_": KeyKind("GitHub"),
    "github_pat_": KeyKind("GitHub"),
    "cbat_": KeyKind("Cloudbeds"),
    "-----BEGIN": KeyKind(),
}
_SHORTEST = 12


def recognise_key(text: str) -> KeyKind | None:
    """Whose key this looks like; None when it could be anybody's."""
    stripped = text.strip()
    if len(stripped) < _SHORTEST:
        return None
    return next((kind for beginning, kind in _BEGINNINGS.items() if stripped.startswith(beginning)), None)
