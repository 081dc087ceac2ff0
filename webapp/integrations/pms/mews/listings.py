"""The operations of the Connector API that the hub asks. Mews enables them one by one for an integration."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from .shapes import (
    AgeCategory,
    Companionship,
    Customer,
    NamedEnterprise,
    OrderItem,
    Rate,
    Reservation,
    Resource,
    ResourceCategory,
    Row,
    Service,
)

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A list operation, the field of its answer that holds the rows, and what a row is."""

    operation: str
    field: str
    shape: type[R]


CONFIGURATION = "configuration/get"
AVAILABILITY = "services/getAvailability/2024-01-22"
PUBLIC_AVAILABILITY = "services/getAvailability"  # asked only where the newer one is not enabled
PRICING = "rates/getPricing"

ENTERPRISES = Listing("enterprises/getAll", "Enterprises", NamedEnterprise)  # asked for portfolio tokens only
SERVICES = Listing("services/getAll", "Services", Service)
CATEGORIES = Listing("resourceCategories/getAll", "ResourceCategories", ResourceCategory)
RESOURCES = Listing("resources/getAll", "Resources", Resource)
AGES = Listing("ageCategories/getAll", "AgeCategories", AgeCategory)
RATES = Listing("rates/getAll", "Rates", Rate)
RESERVATIONS = Listing("reservations/getAll/2023-06-06", "Reservations", Reservation)
COMPANIONSHIPS = Listing("companionships/getAll", "Companionships", Companionship)
ORDER_ITEMS = Listing("orderItems/getAll", "OrderItems", OrderItem)
CUSTOMERS = Listing("customers/getAll", "Customers", Customer)

ALIVE_OR_NOT = {"ActivityStates": ["Active", "Deleted"]}
"""Old bookings name people, categories, rates and ages that are gone; without this Mews may show the living only."""
NO_EXTRAS = {"Extent": {"Reservations": False, "ReservationGroups": False, "Customers": False}}
"""Companionships alone, without the records they join."""
CUSTOMERS_ONLY = {"Extent": {"Customers": True, "Addresses": False}}
