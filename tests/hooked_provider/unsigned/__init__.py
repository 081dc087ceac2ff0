"""The same without signatures: the connection's secret address is the proof."""
