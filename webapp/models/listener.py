"""Listeners: on which ports of which machine web processes of this hub answer, told to the processes beside them."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model


class Listener(Model):
    __tablename__ = "listener"

    machine: Mapped[str] = mapped_column(String(60), primary_key=True)
    port: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
