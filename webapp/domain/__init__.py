"""The hub's words: plain, frozen values without I/O."""
