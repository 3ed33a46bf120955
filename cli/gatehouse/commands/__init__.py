"""One module per command. They parse, ask, print; what they call does the work."""
