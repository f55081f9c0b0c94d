"""A database that is away or was never set up, told as a refusal instead of a traceback."""

import psycopg
from psycopg.errors import InsufficientPrivilege, UndefinedColumn, UndefinedTable
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tenantry.kit.errors import Kind, Refused


def outage_of(error: BaseException) -> Refused | None:
    """What `error` means for the operator; None if it is no outage but a bug."""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout | psycopg.OperationalError):
        return Refused("database_down", Kind.CONFLICT)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, UndefinedTable | UndefinedColumn):
        return Refused("schema_missing", Kind.CONFLICT)
    if isinstance(cause, InsufficientPrivilege):
        return Refused("database_rights", Kind.CONFLICT)
    return None
