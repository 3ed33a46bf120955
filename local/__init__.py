"""The whole product on one machine: emulator, the real template by ``sam deploy``, demo users, RADIUS edges.

Nothing imports this package; it is for people, tests and demonstrations. Everything listens on loopback only,
starts from fresh state and ends with the command that started it.
"""
