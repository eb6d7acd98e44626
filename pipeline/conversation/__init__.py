"""What the turns of a call are: whose they are, how they answer each other, what they mean."""
