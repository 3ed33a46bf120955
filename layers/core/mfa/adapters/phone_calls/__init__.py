"""Calls by Amazon Connect: placing them, and ending them."""
