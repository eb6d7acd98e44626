"""What a folder holds: its recordings, which of them are two sides of one call, and what each is."""
