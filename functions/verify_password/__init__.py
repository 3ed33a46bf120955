"""The function that asks domain controllers about accounts and passwords. It calls no AWS service."""
