"""The page on which a hotel allows a partner's app: `/oauth`, with a button for yes and one for no."""

import hmac
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode

from simulator.pms.cloudbeds_keys import Keys
from simulator.wire import Answer, Call

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Allow access?</title></head>
<body><h1>{title}</h1>{body}</body></html>"""
_FORM = """<p>The app <b>{client}</b> asks for access to {hotel}:</p><p>{scope}</p>
<form method="post">{fields}<button name="decision" value="allow">Allow Access</button>
<button name="decision" value="deny">Deny</button></form>"""
_ASKED = ("client_id", "redirect_uri", "state", "scope")


class ApprovalDesk:
    """Stands for the vendor's page; whoever opens it here is taken for a signed-in user of the property."""

    def __init__(self, keys: Keys, hotel: str) -> None:
        self._keys = keys
        self._hotel = hotel

    def answer(self, call: Call) -> Answer:
        """A page for GET, the way back for POST. A client or an address that is not registered gets no way back."""
        given = call.query if call.method == "GET" else dict(parse_qsl(call.body.decode("utf-8", "replace")))
        wrong = self._complaint(given)
        if wrong:
            return _html(400, "This app cannot be connected", f"<p>{wrong}</p>")
        if call.method == "GET":
            return _html(200, "Allow access?", self._form(given))
        state = {"state": given["state"]} if "state" in given else {}
        if given.get("decision") != "allow":
            return _back(given["redirect_uri"], {"error": "access_denied", **state})
        return _back(given["redirect_uri"], {"code": self._keys.code(), **state})

    def _complaint(self, given: Mapping[str, str]) -> str:
        if not hmac.compare_digest(given.get("client_id", "").encode(), self._keys.client_id.encode()):
            return "The client is not known."
        if given.get("redirect_uri") != self._keys.redirect_uri:
            return "The redirect URI is not the one of the app."
        return "" if given.get("response_type", "code") == "code" else "The response type is not supported."

    def _form(self, given: Mapping[str, str]) -> str:
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(given[name])}">'
            for name in _ASKED
            if name in given
        )
        return _FORM.format(
            client=escape(given["client_id"]),
            hotel=escape(self._hotel),
            scope=escape(given.get("scope", "what its page says")),
            fields=fields,
        )


def _html(status: int, title: str, body: str) -> Answer:
    return Answer(status, _PAGE.format(title=title, body=body).encode(), "text/html; charset=utf-8")


def _back(address: str, answer: Mapping[str, str]) -> Answer:
    joined = "&" if "?" in address else "?"
    location = f"{address}{joined}{urlencode(answer)}"
    return Answer(302, b"", "text/html; charset=utf-8", headers=(("Location", location),))
