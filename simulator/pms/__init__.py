"""The dialects the pretend hotel speaks, one module per vendor."""
