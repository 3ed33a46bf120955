"""A lean client of the edge API: HTTP/1.1 with keep-alive, TLS that is always verified, SigV4 on every request.

Callbacks instead of tasks: a login costs one write and one read. Whatever goes wrong ends as a ``Fault``.
"""
