"""The device API: what the web app on a phone asks for and decides. docs/openapi.yaml is its text."""
