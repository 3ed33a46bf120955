"""The ports' real implementations. Each knows one outside thing, and none knows another adapter.

Every error of a library is translated at the door to one of ``mfa.errors``.
"""
