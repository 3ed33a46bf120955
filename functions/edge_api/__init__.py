"""What the functions behind the edge API share: events in, answers out. It decides nothing."""
