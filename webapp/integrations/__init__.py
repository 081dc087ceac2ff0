"""The outside world. Knows no Flask, no tables, no settings."""
