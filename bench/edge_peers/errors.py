"""What ends a measurement. The text is for the person who runs the benchmark."""


class BenchError(Exception):
    """Raised when something cannot be measured: a server that does not start, does not answer, or answers wrongly."""
