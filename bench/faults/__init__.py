"""What happens to a night when everything goes wrong: ``make bench-faults``."""
