"""What the web application stands."""
