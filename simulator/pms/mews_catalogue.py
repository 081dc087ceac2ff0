"""The lists of set-up that the pretend Mews answers with: services, rooms, rates, products, rules."""

from collections.abc import Callable, Sequence
from datetime import datetime

from simulator.pms import mews_rates as sold
from simulator.pms import mews_requests as ask
from simulator.pms import mews_setup as setup
from simulator.pms.mews_calendar import days
from simulator.pms.mews_lists import Found, among
from simulator.pms.mews_names import Names, texts
from simulator.pms.mews_prices import METRICS, availability, occupancy, prices, public_availability, resources
from simulator.pms.mews_requests import Interval, invalid, know
from simulator.pms.mews_setup import Piece
from simulator.register import Register


class Catalogue:
    """Reads the hotel's set-up, its free rooms and its prices in this vendor's words."""

    def __init__(self, names: Names, register: Register) -> None:
        self._names = names
        self._register = register
        self._hotel = register.hotel

    def configuration(self, asked: ask.Configuration) -> dict[str, object]:
        if asked.enterprise_id is not None and str(asked.enterprise_id) != self._names.enterprise:
            raise invalid("EnterpriseId")
        return setup.configuration(self._names, self._hotel, self._register.clock.now())

    def enterprises(self, asked: ask.Enterprises) -> Found[Piece]:
        external = None if asked.external_identifiers is None else frozenset(asked.external_identifiers)
        return _pieces(
            "Enterprises",
            setup.enterprises(self._names, self._hotel),
            lambda piece: (
                among(piece.name, external)
                and _within(asked.linked_utc, piece.created_at)
                and _within(asked.updated_utc, piece.updated_at)
            ),
        )

    def services(self, asked: ask.Services) -> Found[Piece]:
        ids = texts(asked.service_ids)
        return _pieces(
            "Services",
            setup.services(self._names),
            lambda piece: (
                among(piece.id, ids)
                and asked.service_type in (None, piece.name)
                and _within(asked.updated_utc, piece.updated_at)
            ),
        )

    def age_categories(self, asked: ask.AgeCategories) -> Found[Piece]:
        ids, services = texts(asked.age_category_ids), self._services(asked.service_ids)
        return _pieces(
            "AgeCategories",
            setup.age_categories(self._names),
            lambda piece: (
                among(piece.id, ids)
                and among(piece.of, services)
                and _is_wanted(piece, asked.activity_states)
                and _within(asked.updated_utc, piece.updated_at)
            ),
        )

    def categories(self, asked: ask.Categories) -> Found[Piece]:
        ids, services = texts(asked.resource_category_ids), self._services(asked.service_ids)
        return _pieces(
            "ResourceCategories",
            setup.categories(self._names, self._hotel),
            lambda piece: (
                among(piece.id, ids)
                and among(piece.of, services)
                and _is_wanted(piece, asked.activity_states)
                and _within(asked.updated_utc, piece.updated_at)
            ),
        )

    def resources(self, asked: ask.Resources) -> Found[Piece]:
        """Its extent once named six kinds; only the rooms are left of them."""
        ids, names = texts(asked.resource_ids), None if asked.names is None else frozenset(asked.names)
        others = (
            "ResourceCategories",
            "ResourceCategoryAssignments",
            "ResourceCategoryImageAssignments",
            "ResourceFeatures",
            "ResourceFeatureAssignments",
        )
        return Found(
            "Resources",
            resources(self._names, self._register),
            lambda piece: (
                bool(asked.extent.resources)
                and among(piece.id, ids)
                and among(piece.name, names)
                and _within(asked.created_utc, piece.created_at)
                and _within(asked.updated_utc, piece.updated_at)
            ),
            lambda piece: piece.row,
            lambda _: dict.fromkeys(others),
        )

    def assignments(self, asked: ask.Assignments) -> Found[Piece]:
        ids, rooms = texts(asked.resource_category_assignment_ids), texts(asked.resource_ids)
        categories = self._categories(asked.resource_category_ids)
        return _pieces(
            "ResourceCategoryAssignments",
            setup.assignments(self._names, self._hotel),
            lambda piece: (
                among(piece.id, ids)
                and among(piece.of, categories)
                and among(piece.name, rooms)
                and _is_wanted(piece, asked.activity_states)
                and _within(asked.updated_utc, piece.updated_at)
            ),
        )

    def blocks(self, asked: ask.Blocks) -> Found[Piece]:
        found = setup.blocks(self._names, self._hotel)
        spans = {piece.id: (start, end) for piece, start, end in found}
        ids, rooms = texts(asked.resource_block_ids), texts(asked.assigned_resource_ids)
        colliding = asked.colliding_utc
        return _pieces(
            "ResourceBlocks",
            [piece for piece, _, _ in found],
            lambda piece: (
                among(piece.id, ids)
                and among(piece.of, rooms)
                and _is_wanted(piece, asked.activity_states)
                and (colliding is None or colliding.meets(*spans[piece.id]))
                and _within(asked.created_utc, piece.created_at)
                and _within(asked.updated_utc, piece.updated_at)
            ),
        )

    def rates(self, asked: ask.Rates) -> Found[Piece]:
        """Switched-off and deleted ones too, unless the activity states say otherwise."""
        ids, services = texts(asked.rate_ids), self._services(asked.service_ids)
        extent = asked.extent or ask.RateExtent(rates=True, rate_groups=True)
        groups = sold.rate_groups_of_old(self._names) if extent.rate_groups else []
        none: dict[str, object] = dict.fromkeys(
            ("DateRestrictions", "EarlinessRestrictions", "LengthRestrictions"), ()
        )
        return Found(
            "Rates",
            sold.rates(self._names, self._hotel),
            lambda piece: (
                bool(extent.rates)
                and not asked.external_identifiers
                and among(piece.id, ids)
                and among(piece.of, services)
                and _is_wanted(piece, asked.activity_states)
                and _within(asked.updated_utc, piece.updated_at)
            ),
            lambda piece: piece.row,
            lambda _: {"RateGroups": groups, "RateRestrictions": none},
        )

    def rate_groups(self, asked: ask.RateGroups) -> Found[Piece]:
        ids, services = texts(asked.rate_group_ids), self._services(asked.service_ids)
        return _pieces(
            "RateGroups",
            sold.rate_groups(self._names),
            lambda piece: (
                not asked.external_identifiers
                and among(piece.id, ids)
                and among(piece.of, services)
                and _is_wanted(piece, asked.activity_states)
                and _within(asked.updated_utc, piece.updated_at)
            ),
        )

    def products(self, asked: ask.Products) -> Found[Piece]:
        """The second list repeats the first."""
        ids, services = texts(asked.product_ids), self._services(asked.service_ids)
        return Found(
            "Products",
            sold.products(self._names, self._hotel),
            lambda piece: (
                among(piece.id, ids)
                and among(piece.of, services)
                and _within(asked.updated_utc, piece.updated_at)
            ),
            lambda piece: piece.row,
            lambda rows: {"CustomerProducts": [piece.row for piece in rows]},
        )

    def rules(self, asked: ask.Rules) -> Found[Piece]:
        ids, services, extent = texts(asked.ids), self._services(asked.service_ids), asked.extent

        def beside(rules: Sequence[Piece]) -> dict[str, object]:
            actions = sold.rule_actions(self._names, [rule.id for rule in rules])
            rates = sold.rates_of_rules(self._names, self._hotel, {rule.name for rule in rules})
            return {
                "RuleActions": list(actions) if extent.rule_actions else None,
                "Rates": rates if extent.rates else None,
                "RateGroups": [] if extent.rate_groups else None,
                "ResourceCategories": [] if extent.resource_categories else None,
                "BusinessSegments": [] if extent.business_segments else None,
            }

        return Found(
            "Rules",
            sold.rules(self._names, self._hotel),
            lambda piece: (
                among(piece.id, ids)
                and among(piece.of, services)
                and _within(asked.updated_utc, piece.updated_at)
            ),
            lambda piece: piece.row,
            beside,
        )

    def occupancy(self, asked: ask.Occupancy) -> dict[str, object]:
        categories = self._categories(asked.resource_category_ids) or frozenset()
        return occupancy(
            self._names, self._register, categories, asked.resource_states, asked.occupancy_states
        )

    def availability(self, asked: ask.Availability) -> dict[str, object]:
        self._stay(asked)
        if not set(asked.metrics) <= set(METRICS) or len(set(asked.metrics)) < len(asked.metrics):
            raise invalid("Metrics")
        span = days(self._hotel.zone, asked)
        return availability(self._names, self._register, span, asked.metrics)

    def public_availability(self, asked: ask.PublicAvailability) -> dict[str, object]:
        self._stay(asked)
        return public_availability(self._names, self._register, days(self._hotel.zone, asked))

    def pricing(self, asked: ask.Pricing) -> dict[str, object]:
        plan = sold.plans(self._names, self._hotel).get(str(asked.rate_id))
        if plan is None:
            raise invalid("RateId")
        products = {piece.id for piece in sold.products(self._names, self._hotel)}
        if asked.product_id is not None and str(asked.product_id) not in products:
            raise invalid("ProductId")
        return prices(self._names, self._hotel, plan, days(self._hotel.zone, asked))

    def _stay(self, asked: ask.PublicAvailability) -> None:
        if str(asked.service_id) != self._names.stay_service:
            raise invalid("ServiceId")

    def _services(self, asked: ask.Ids | None) -> frozenset[str] | None:
        return know("ServiceIds", asked, frozenset(piece.id for piece in setup.services(self._names)))

    def _categories(self, asked: ask.Ids) -> frozenset[str] | None:
        known = frozenset(piece.id for piece in setup.categories(self._names, self._hotel))
        return know("ResourceCategoryIds", asked, known)


def _pieces(name: str, population: Sequence[Piece], matches: Callable[[Piece], bool]) -> Found[Piece]:
    return Found(name, population, matches, lambda piece: piece.row)


def _is_wanted(piece: Piece, states: Sequence[str] | None) -> bool:
    return states is None or ("Active" if piece.is_active else "Deleted") in states


def _within(interval: Interval | None, at: datetime | None) -> bool:
    return interval is None or interval.holds(at)
