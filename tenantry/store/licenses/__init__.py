"""The licensing engine's sets: profile the people once, then write what was decided in one statement.

`forecast` looks, `apply` writes, `lines` tells, and `give` does all of it under the locks that
`store.subscriptions.lock_pools` takes; a preview takes none. The rules are `domain.licenses`.
"""

from tenantry.store.licenses.forecast import Forecast, Group, forecast
from tenantry.store.licenses.give import Given, give
from tenantry.store.licenses.lines import Line, lines
from tenantry.store.licenses.write import Stamp, Written, apply

__all__ = ["Forecast", "Given", "Group", "Line", "Stamp", "Written", "apply", "forecast", "give", "lines"]
