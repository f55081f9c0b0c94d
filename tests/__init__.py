"""The tests: they mirror the house. Who is in them: `cast.py`; how the cast gets into a database: `world.py`."""
