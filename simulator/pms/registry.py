"""The vendors that speak for the hotel beside the Aurora PMS API: one line each."""

from collections.abc import Callable, Mapping

from simulator.dialect import Dialect
from simulator.pms.cloudbeds import Cloudbeds
from simulator.pms.guesty import Guesty
from simulator.pms.mews import Mews
from simulator.pms.opera import OperaCloud
from simulator.pms.rms import RmsCloud
from simulator.world import World

# Each is made from the world and the calls per second it was started with (0: no limit).
VENDORS: Mapping[str, Callable[[World, float], Dialect]] = {
    vendor.key: vendor for vendor in (Cloudbeds, Guesty, Mews, OperaCloud, RmsCloud)
}
