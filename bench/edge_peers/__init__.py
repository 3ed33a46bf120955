"""The edge beside its peers: the same logins, the same backend, the same run.

One rule: a figure of ours stands beside a figure of the peer that was measured minutes, not months, away from it.
"""
