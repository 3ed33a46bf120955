"""How a notice reaches the function that tells it, how it is mailed, and what the log says of it."""
