"""Messages by SNS, and what is noted of them."""
