"""Measures the hub against small yardstick programs; never part of the tests. `./run bench --help` says how."""
