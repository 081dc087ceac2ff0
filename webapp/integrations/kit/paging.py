"""Paging: small strategies whose whole state is a short text, so that a walk can stop and go on anywhere.

A state looks like `page:3` or `cursor:eyJ…`. One that does not fit (the recipe was changed) starts at the front.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from webapp.domain.wording import N_, Sentence

from .errors import ContractBroken
from .select import getter

MAX_PAGES = 1000
_LONGEST_STATE = 3500  # a connection's cursor has 4 kB

# Sizes at which servers like to cap a page. A page of such a size that is smaller than what we asked for may be
# capped, and taking it for the last would lose the rest without a word.
_USUAL_CAPS = frozenset({10, 20, 25, 30, 40, 50, 100, 150, 200, 250, 300, 400, 500, 1000})


@dataclass(frozen=True, slots=True)
class Ask:
    """What to add to a request: parameters, or a whole link instead of it."""

    params: Mapping[str, str | int] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a pager looks at in an answer. `link_of` turns a link into one of our own or raises ContractBroken."""

    body: Any
    headers: Mapping[str, str]
    count: int
    first_id: str = ""
    last_id: str = ""
    link_of: Callable[[str], str] = str


class Pager(Protocol):
    @property
    def kind(self) -> str:
        """The word its states begin with."""
        ...

    def first(self) -> str: ...
    def ask(self, state: str) -> Ask: ...
    def after(self, state: str, seen: Seen) -> str | None:
        """The state of the next page, None after the last."""
        ...


def walk(
    pager: Pager, fetch: Callable[[Ask], Seen], resume: str | None, *, max_pages: int = MAX_PAGES
) -> Iterator[tuple[Seen, str | None]]:
    """Pages and the state that follows each. Stops with ContractBroken when a provider leads in circles."""
    state = resume if resume and resume.partition(":")[0] == pager.kind else pager.first()
    asked: set[str] = set()
    former_first = ""
    for _ in range(max_pages):
        asked.add(state)
        seen = fetch(pager.ask(state.partition(":")[2]))
        if seen.count and seen.first_id and seen.first_id == former_first:
            raise ContractBroken(Sentence(N_("paging: the same page came twice")))
        former_first = seen.first_id or former_first
        following = pager.after(state.partition(":")[2], seen)
        if following is not None:
            if following in asked:
                raise ContractBroken(Sentence(N_("paging: the same token came twice")))
            if len(following) > _LONGEST_STATE:
                raise ContractBroken(Sentence(N_("paging: the token is too long")))
        yield seen, following
        if following is None:
            return
        state = following
    raise ContractBroken(Sentence(N_("paging: more than %(count)s pages"), {"count": str(max_pages)}))


def _numbers(state: str) -> tuple[int, int]:
    page, _, before = state.partition(",")
    return int(page), int(before or 0)


def whole(value: Any) -> int | None:
    """A number out of an answer, as number or text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class SinglePage:
    kind: str = field(default="none", init=False)

    def first(self) -> str:
        return "none:"

    def ask(self, _state: str) -> Ask:
        return Ask()

    def after(self, _state: str, _seen: Seen) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class Size:
    """How many records to ask for, and in which parameter."""

    param: str = ""
    count: int = 100

    @property
    def params(self) -> dict[str, str | int]:
        return {self.param: self.count} if self.param else {}

    def is_last(self, count: int) -> bool:
        """Whether a page of so many records must be the last, when the provider tells no total."""
        return count == 0 or (count < self.count and not (self.param and count in _USUAL_CAPS))


@dataclass(frozen=True, slots=True)
class PageNumber:
    """The state is the page and how many records came before it, because a server may cap its pages."""

    param: str
    first_page: int = 1
    size: Size = Size()
    total_pages_path: str = ""
    total_path: str = ""
    kind: str = field(default="page", init=False)

    def first(self) -> str:
        return f"page:{self.first_page},0"

    def ask(self, state: str) -> Ask:
        return Ask({self.param: _numbers(state)[0], **self.size.params})

    def after(self, state: str, seen: Seen) -> str | None:
        page, before = _numbers(state)
        done = before + seen.count
        pages = whole(getter(self.total_pages_path)(seen.body)) if self.total_pages_path else None
        total = whole(getter(self.total_path)(seen.body)) if self.total_path else None
        if pages is not None:
            is_last = page - self.first_page + 1 >= pages
        elif total is not None:
            is_last = seen.count == 0 or done >= total
        else:
            is_last = self.size.is_last(seen.count)
        return None if is_last else f"page:{page + 1},{done}"


@dataclass(frozen=True, slots=True)
class Offset:
    param: str
    size: Size = Size()
    total_path: str = ""
    has_more_path: str = ""
    kind: str = field(default="offset", init=False)

    def first(self) -> str:
        return "offset:0"

    def ask(self, state: str) -> Ask:
        return Ask({self.param: int(state), **self.size.params})

    def after(self, state: str, seen: Seen) -> str | None:
        done = int(state) + seen.count  # by what came: a capped page must not make us skip
        total = whole(getter(self.total_path)(seen.body)) if self.total_path else None
        has_more = getter(self.has_more_path)(seen.body) if self.has_more_path else None
        if total is not None:
            is_last = seen.count == 0 or done >= total
        elif isinstance(has_more, bool):
            is_last = seen.count == 0 or not has_more
        else:
            is_last = self.size.is_last(seen.count)
        return None if is_last else f"offset:{done}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The token of the next page stands in the body (`path`) or in a header of the answer (`header`)."""

    param: str
    path: str = ""
    header: str = ""
    size: Size = Size()
    kind: str = field(default="cursor", init=False)

    def first(self) -> str:
        return "cursor:"

    def ask(self, state: str) -> Ask:
        return Ask({**({self.param: state} if state else {}), **self.size.params})

    def after(self, state: str, seen: Seen) -> str | None:
        token = seen.headers.get(self.header.lower()) if self.header else getter(self.path)(seen.body)
        text = "" if token is None or isinstance(token, bool) else str(token)
        # Some providers repeat the last token when nothing is left.
        return None if not text or (text == state and seen.count == 0) else f"cursor:{text}"


@dataclass(frozen=True, slots=True)
class NextLink:
    """The whole address of the next page, in the body (`path`) or, without a path, in the Link header."""

    path: str = ""
    size: Size = Size()
    kind: str = field(default="link", init=False)

    def first(self) -> str:
        return "link:"

    def ask(self, state: str) -> Ask:
        return Ask(link=state) if state else Ask(self.size.params)

    def after(self, _state: str, seen: Seen) -> str | None:
        link = getter(self.path)(seen.body) if self.path else next_in_header(seen.headers.get("link", ""))
        return f"link:{seen.link_of(link)}" if isinstance(link, str) and link else None


@dataclass(frozen=True, slots=True)
class LastId:
    """The next page begins after the id of the last record."""

    param: str
    size: Size = Size()
    kind: str = field(default="last", init=False)

    def first(self) -> str:
        return "last:"

    def ask(self, state: str) -> Ask:
        return Ask({**({self.param: state} if state else {}), **self.size.params})

    def after(self, _state: str, seen: Seen) -> str | None:
        if self.size.is_last(seen.count):
            return None
        if not seen.last_id:
            raise ContractBroken(Sentence(N_("paging: the last record has no id")))
        return f"last:{seen.last_id}"


def next_in_header(header: str) -> str:
    """The target of `rel="next"` in a Link header (RFC 8288); empty when there is none."""
    for part in header.split("<")[1:]:
        target, _, attributes = part.partition(">")
        for attribute in attributes.split(";"):
            name, _, value = attribute.strip().rstrip(",").partition("=")
            if name.strip().lower() == "rel" and "next" in value.strip().strip('"').lower().split():
                return target.strip()
    return ""
