"""The RADIUS edge: packets in, signed questions to the edge API out, signed replies back. It knows no user."""
