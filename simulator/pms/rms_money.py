"""The money of the pretend RMS Cloud's reservations, which no reservation has: nights, revenue and accounts."""

from simulator.pms.rms_books import Books, Row
from simulator.pms.rms_calls import Ask, IdSearch, Json, nowhere
from simulator.pms.rms_words import number


class Accounts:
    """Amounts are JSON numbers in major units."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._hotel = books.world.hotel

    def daily_rates(self, ask: Ask) -> object:
        return ask.rows(lambda: [each for row in self._asked(ask) for each in self._nights(row)])

    def daily_revenue(self, ask: Ask) -> object:
        return ask.rows(
            lambda: [
                {"reservationId": row.id, "dailyRevenue": each}
                for row in self._asked(ask)
                for each in self._revenue(row)
            ]
        )

    def accounts(self, ask: Ask) -> object:
        return ask.rows(lambda: [self._account(row) for row in self._asked(ask) if row.line is not None])

    def part(self, ask: Ask) -> object:
        """`/reservations/{id}/…` with the name of what is asked for."""
        row = self._row(ask.id)
        match ask.rest[1]:
            case "dailyRates":
                return self._nights(row)
            case "dailyRevenue":
                return self._revenue(row)
            case "actualAccount":
                return self._account(row)
            case "projectedBalance":
                return [{"projectedBalance": self._money(row.balance)}]
            case "packages":
                return []
        raise nowhere()

    def _row(self, identifier: int) -> Row:
        row = self._books.one(identifier)
        if row is None:
            raise nowhere(f"Reservation {identifier} was not found.")
        return row

    def _asked(self, ask: Ask) -> list[Row]:
        wanted = ask.body(IdSearch).ids
        known = {row.id: row for row in self._books.rows()}
        return [known[each] for each in wanted if each in known]

    def _nights(self, row: Row) -> list[Json]:
        if row.line is None:
            return []
        plan = self._hotel.rate_plan(row.line.rate_plan)
        made: list[Json] = []
        for night, price in zip(row.line.nights(), row.line.nightly, strict=True):
            package = min(price, plan.per_person * row.line.adults) if plan.breakfast else 0
            made.append(
                {
                    "reservationId": row.id,
                    "stayDate": f"{night} 00:00:00",
                    "totalRateAmount": self._money(price),
                    "rateAmount": self._money(price - package),
                    "packageAmount": self._money(package),
                    "discountAmount": 0,
                    "exclusiveTax": 0,
                    "rateTypeId": self._books.rates[plan.code],
                    "currency": self._hotel.currency,
                }
            )
        return made

    def _revenue(self, row: Row) -> list[Json]:
        today = str(self._books.world.business_date)
        return [
            {
                "theDate": each["stayDate"],
                "accommodation": each["rateAmount"],
                "accommodationTax": 0,
                "foodAndBeverage": each["packageAmount"],
                "foodAndBeverageTax": 0,
                "other": 0,
                "otherTax": 0,
            }
            for each in self._nights(row)
            if str(each["stayDate"])[:10] < today and row.status in ("Arrived", "Departed")
        ]

    def _account(self, row: Row) -> Json:
        nights = row.line.nightly if row.line else ()
        return {
            "reservationId": row.id,
            "accountId": row.id * 2 + 1,
            "currencyCode": self._hotel.currency,
            "accommodationBalance": self._money(row.balance),
            "extrasBalance": 0,
            "baseRate": self._money(nights[0] if nights else 0),
            "totalRate": self._money(row.total),
            "deposit": 0,
            "discountAmount": 0,
            "package": 0,
            "tax": 0,
        }

    def _money(self, minor: int) -> int | float:
        return number(minor, self._hotel.currency)
