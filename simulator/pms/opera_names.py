"""What the pretend OPERA Cloud calls things: its hotel and chain, its numbers, and secrets that stay the same."""

from hashlib import blake2b

from simulator.hotel import Guest, Hotel

EXTERNAL_SYSTEM = "OURHUB"
SCOPE = "urn:opc:hgbu:ws:__myscopes__"
OPERA_VERSION = "26.2.0.0"

SOURCES = {
    "Booking.com": "OTA",
    "Expedia": "OTA",
    "Hotelbeds": "WHS",
    "Website": "WEB",
    "Phone": "TEL",
    "Corporate": "COR",
    "Walk-in": "WLK",
    "Direct": "DIR",
}
CHANNELS = frozenset({"Booking.com", "Expedia", "Hotelbeds"})
# Languages have codes of the vendor's own.
_LANGUAGES = {"en": "E", "de": "G", "fr": "F", "es": "S", "pt": "P", "it": "I"}


class Names:
    """Numbers and secrets of one hotel; a number of the hotel's own keeps its digits."""

    def __init__(self, hotel: Hotel) -> None:
        self.hotel = hotel
        self.code = hotel.code
        self.chain = self._letters("chain")[:3]
        self.enterprise = self._letters("enterprise")[:8]
        # Another hotel of the chain, which the integration may not see.
        self.sister = f"{hotel.code}S"

    def secret(self, *parts: object) -> str:
        return self._hash("secret", *parts).hexdigest()

    def app_key(self) -> str:
        """A UUID of version 4."""
        digits = self._hash("application").hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"

    def reservation(self, number: str, unit: int) -> str:
        return self._number("9", number, unit)

    def confirmation(self, number: str) -> str:
        """Shared by all rooms of a booking."""
        return self._number("70", number, 0)

    def cancellation(self, number: str, unit: int) -> str:
        return self._number("5", number, unit)

    def profile(self, guest_id: str) -> str:
        return self._number("44", guest_id.removeprefix("G"), 0)

    def block(self, group_code: str) -> str:
        return self._number("31", group_code, 0)

    def _number(self, prefix: str, text: str, unit: int) -> str:
        plain = text if text.isascii() and text.isdecimal() and len(text) < 12 else self._digits(text)
        return f"{prefix}{plain}{unit:02d}" if unit else f"{prefix}{plain}"

    def _digits(self, text: str) -> str:
        return f"{int.from_bytes(self._hash('number', text).digest()[:5], 'big'):013d}"

    def _letters(self, what: str) -> str:
        return "".join(chr(65 + byte % 26) for byte in self._hash(what).digest())

    def _hash(self, *parts: object) -> "blake2b":
        text = "\x1f".join(map(str, (self.hotel.code, self.hotel.name, *parts)))
        return blake2b(text.encode(), key=b"opera", digest_size=16)


def language(of: Guest) -> str | None:
    if of.language is None:
        return None
    return _LANGUAGES.get(of.language, of.language.upper())


def source_code(source: str) -> str:
    return SOURCES.get(source, "OTH")
