"""The clock and its jobs: entrances like routes, each a short function that calls a service."""
