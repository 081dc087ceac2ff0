"""Cloudbeds: its API 1.3, read for one property."""
