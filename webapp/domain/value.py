"""Values that are handed from layer to layer: frozen, compared by their fields, and never read from outside."""

import msgspec


class Value(msgspec.Struct, frozen=True):
    """Subclass it with `frozen=True`. Defining one takes a fiftieth of a frozen dataclass's time, and a start defines
    a hundred and fifty; filling one is quicker too, and a list fills hundreds. What is decoded is a Struct of its own
    (`shapes.make_ready` knows those)."""
