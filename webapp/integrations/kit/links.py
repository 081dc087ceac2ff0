"""Addresses under a base address: building them, and refusing links that lead elsewhere."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from webapp.domain.wording import N_, Sentence

from .errors import ContractBroken

Params = Mapping[str, object] | Iterable[tuple[str, object]]


def under(base: str, path: str, params: Params = ()) -> str:
    """`under("https://x/v2", "/rooms", {"page": 1})` -> `https://x/v2/rooms?page=1`; a full link must lie under base."""
    url = own_link(base, path) if "://" in path else f"{base}/{path.lstrip('/')}".rstrip("/")
    pairs = list(params.items() if isinstance(params, Mapping) else params)
    if not pairs:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, doseq=True)}"


def own_link(base: str, link: str, *, asked: str = "", secret_query: frozenset[str] = frozenset()) -> str:
    """A link from an answer as a full address, without the query parameters that carry our secrets.

    `asked` is the address it came from, which relative links start at. It must keep scheme, host and the base
    path, or the next call would carry our key to a stranger: raises ContractBroken.
    """
    try:
        parts = urlsplit(urljoin(asked or base + "/", link))
        home = urlsplit(base)
    except ValueError:
        raise ContractBroken(Sentence(N_("unexpected next link"))) from None
    is_inside = parts.path == home.path or parts.path.startswith(home.path.rstrip("/") + "/")
    is_tricky = ".." in parts.path or "%2e" in parts.path.lower() or "\\" in link
    if (
        (parts.scheme, parts.netloc.lower()) != (home.scheme, home.netloc.lower())
        or not is_inside
        or is_tricky
    ):
        raise ContractBroken(Sentence(N_("unexpected next link")))
    query = parts.query
    if secret_query & {name for name, _ in parse_qsl(query, keep_blank_values=True)}:
        query = urlencode(
            [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in secret_query]
        )
    return urlunsplit(parts._replace(fragment="", query=query))
