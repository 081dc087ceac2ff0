"""OPERA Cloud: Oracle's OHIP modules at a customer's own gateway, asked about one hotel."""
