"""The door for time: what is due, and what was put off, done in a process of its own."""
