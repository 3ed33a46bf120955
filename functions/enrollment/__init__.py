"""The enrolment API: administrators let people in, people enrol their authenticators. docs/openapi.yaml is its text."""
