"""What can be seen: each query takes a viewer and returns plain frozen rows."""
