"""The sample: a real product table and invented prices, rules and people. See its README.md."""

from importlib.resources import files


def sample(name: str) -> bytes:
    """The bytes of a sample file, e.g. `products.csv`. Raises FileNotFoundError for an unknown name."""
    return files(__name__).joinpath(name).read_bytes()
