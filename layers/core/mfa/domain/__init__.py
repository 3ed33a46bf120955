"""The rules themselves: pure functions and frozen values. No I/O, no clock, no environment."""
