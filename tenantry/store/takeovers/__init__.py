"""People of one tenant into another: rows are copied there, and closed here.

Row policies are always on, and a transaction sees one tenant at a time. So the old tenant is closed first, and what was
taken from it is put into tables of the transaction's own (`take`); then the fence is moved, and the new tenant's rows
are written from these (`bring`). Everything is a statement per table, however many people there are.
"""

from tenantry.store.takeovers.bring import Brought, bring, claim_domain, write_to_people
from tenantry.store.takeovers.fence import fenced_to
from tenantry.store.takeovers.look import Claim, claim_of, look_at
from tenantry.store.takeovers.restore import put_people_aside, restore
from tenantry.store.takeovers.take import close, take, take_seats

__all__ = [
    "Brought",
    "Claim",
    "bring",
    "claim_domain",
    "claim_of",
    "close",
    "fenced_to",
    "look_at",
    "put_people_aside",
    "restore",
    "take",
    "take_seats",
    "write_to_people",
]
