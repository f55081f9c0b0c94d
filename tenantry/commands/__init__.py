"""What can be done: load, decide, write, tell, in one transaction each."""
