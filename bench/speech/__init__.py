"""What the speech side costs and how right it is."""
