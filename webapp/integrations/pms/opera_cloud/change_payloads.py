"""The parts of OHIP's answers about what changed: daily summaries and business events."""

from webapp.integrations.kit.plain_values import Text

from .payloads import Part, UniqueId


class SummaryRow(Part, frozen=True, rename="camel"):
    hotel_id: Text = None
    reservation_id_list: tuple[UniqueId, ...] | None = None


class SummaryAnswer(Part, frozen=True, rename="camel"):
    reservations: tuple[SummaryRow, ...] = ()


class EventHeader(Part, frozen=True, rename="camel"):
    """`moduleName` is a word by the contract and a number in some samples; `actionId` likewise."""

    module_name: Text = None
    action_type: Text = None
    action_id: Text = None
    primary_key: Text = None
    hotel_id: Text = None


class EventDetail(Part, frozen=True, rename="camel"):
    data_element: Text = None
    new_value: Text = None


class BusinessEvent(Part, frozen=True, rename="camel"):
    header: EventHeader = EventHeader()
    details: tuple[EventDetail, ...] | None = None


class EventData(Part, frozen=True, rename="camel"):
    business_event: BusinessEvent = BusinessEvent()


class EventsAnswer(Part, frozen=True, rename="camel"):
    business_event_data: tuple[EventData, ...] = ()
