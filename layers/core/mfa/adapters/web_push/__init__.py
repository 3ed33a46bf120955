"""Web Push: a sealed message to a known push service, which wakes the app. By RFC 8030, 8188, 8291 and 8292."""
