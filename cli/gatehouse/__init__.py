"""The administrator's command: users, enrolment, and a RADIUS client to try a login."""
