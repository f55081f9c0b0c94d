"""The licensing engine's sets: profile the people once, then write what was decided in one statement.

`forecast` looks, `apply` writes, `lines` tells. The rules are `domain.licenses`; everything here runs under
the locks that `store.subscriptions.lock_pools` takes, or, for a preview, without any.
"""

from tenantry.store.licenses.forecast import Forecast, Group, forecast
from tenantry.store.licenses.lines import Line, lines
from tenantry.store.licenses.write import Stamp, Written, apply

__all__ = ["Forecast", "Group", "Line", "Stamp", "Written", "apply", "forecast", "lines"]
