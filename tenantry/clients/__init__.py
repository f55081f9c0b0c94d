"""The outside world. Only jobs come here: no network inside a transaction."""
