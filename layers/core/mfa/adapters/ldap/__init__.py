"""Asking the domain controllers of an Active Directory, over LDAPS and nothing else.

directory     the whole question: find the account, decide whether its password may be sent, send it once
race          which controller is asked, and when the next one is
accounts      one account, its groups, and the domain's rule of locking, as searches
session       binds and searches on one connection (the only module that knows ldap3)
channel       a TLS connection on which everything ends by one deadline
faults        what goes wrong with one controller, in words that hold no secret
"""
