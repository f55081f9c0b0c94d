"""Tables, keys, row policies and set-based SQL: what must be true whatever the code does."""
