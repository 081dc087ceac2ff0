"""A pretend hotel and the vendor system it runs on, for the demo and the tests; it knows nothing of the hub."""

from simulator.generate import build_world
from simulator.hotel import NewReservation
from simulator.world import World

__all__ = ["NewReservation", "World", "build_world"]
