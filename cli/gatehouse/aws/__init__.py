"""AWS as the administrator's own credentials see it. botocore is loaded when something is asked, not before."""
