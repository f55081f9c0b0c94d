"""The benchmarks: each works in a scratch database of its own and says what it found, whatever that is.

They stand on top of the house (docs/decisions/0006) and are read in docs/benchmarks.md.
"""

from tenantry.bench.program import app

__all__ = ["app"]
