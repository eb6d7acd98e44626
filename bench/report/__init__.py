"""What the pages of a month cost, and what they weigh, over tables that are made up."""
