"""RADIUS without input and output: octets in, decisions and octets out.

Nothing here opens a socket, asks a clock or writes a log; time comes in as a parameter. So every rule of the wire can
be tested by a call. import-linter holds it.
"""
