"""The door for operators: the `tenantry` command."""
