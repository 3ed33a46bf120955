"""The servers that are measured, and the backend that they ask. Each module starts one kind."""
