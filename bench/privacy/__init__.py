"""What of people's data is masked and what is left, and what is masked for nothing."""
