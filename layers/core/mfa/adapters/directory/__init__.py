"""The directory as ``logins`` and ``enrollment`` reach it: by a function that stands in its network."""
