"""What the functions behind the HTTP API share: events in (payload format 2.0), answers and problems out."""
