"""Scenarios go in by the doors, as people do."""

from tests.web.conftest import browse

__all__ = ["browse"]
