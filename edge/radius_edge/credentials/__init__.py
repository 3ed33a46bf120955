"""AWS credentials: static ones from the environment, or those that a short-lived child process finds.

The child runs botocore's whole provider chain (task role, instance profile, SSO, …) and prints the document that AWS
calls credential_process; so botocore's 25 MB are never part of the process that serves packets.
"""
