"""Addresses that vendors were told, and that therefore never change."""

SHARED_PATH = "/api/integrations/pms/webhook"
"""Of property management systems, as the guide has it; a connection's own address lies below it."""
