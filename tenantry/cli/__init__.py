"""The door for operators: the `tenantry` command."""

from tenantry.cli.build import build

__all__ = ["build"]
