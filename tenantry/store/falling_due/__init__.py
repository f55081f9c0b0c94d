"""What has fallen due, done as sets: subscriptions are read, the domain decides, and it is written.

`load` reads and decides, `write` writes; a statement of either is the same for one subscription and for thousands, for
one tenant and for many. `sweep` does all of it under the locks of the pools, in key order, as everything does that
changes seats; so two sweeps of one tenant come one after the other, and the second finds nothing due. `many` does the
simple part of it for many tenants at once.
"""

from tenantry.store.falling_due.load import AT_ONCE
from tenantry.store.falling_due.many import Many, run_many
from tenantry.store.falling_due.sweep import LOOKED_AT, Ran, run_due, told_of

__all__ = ["AT_ONCE", "LOOKED_AT", "Many", "Ran", "run_due", "run_many", "told_of"]
