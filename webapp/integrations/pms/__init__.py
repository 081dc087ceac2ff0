"""Property management systems, one folder each."""
