"""Recognises keys of well-known services by how they begin, so that one in the wrong field is named at once."""

# Beginnings that the services document themselves; longer ones first where one begins like another.
_BEGINNINGS: tuple[tuple[str, str], ...] = (
    ("sk_live_", "Stripe"),
    ("sk_test_", "Stripe"),
    ("rk_live_", "Stripe"),
    ("rk_test_", "Stripe"),
    ("pk_live_", "Stripe"),
    ("pk_test_", "Stripe"),
    ("whsec_", "a webhook signing secret"),
    ("SG.", "SendGrid"),
    ("key-", "Mailgun"),
    ("AKIA", "Amazon Web Services"),
    ("EAAA", "Square"),
    ("sq0", "Square"),
    ("AIza", "Google"),
    ("ya29.", "Google"),
    ("xoxb-", "Slack"),
    ("xoxp-", "Slack"),
    ("ghp_", "GitHub"),
    ("github_pat_", "GitHub"),
    ("cbat_", "Cloudbeds"),
    ("-----BEGIN", "a certificate or private key"),
)
_SHORTEST = 12


def recognise_key(text: str) -> str:
    """Whose key this looks like; empty when it could be anybody's."""
    stripped = text.strip()
    if len(stripped) < _SHORTEST:
        return ""
    return next((owner for beginning, owner in _BEGINNINGS if stripped.startswith(beginning)), "")
