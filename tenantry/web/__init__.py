"""The door for people: parse the form, make one call in, answer with a page."""
