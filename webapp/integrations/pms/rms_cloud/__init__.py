"""RMS Cloud: its REST API, read for one property of one client database."""
