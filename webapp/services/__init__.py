"""What the hub does: verbs on nouns. Commands open their own transaction; queries take an open session."""
