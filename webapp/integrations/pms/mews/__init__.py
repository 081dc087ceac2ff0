"""Mews: the Connector API, asked by POST with both tokens in every body."""
