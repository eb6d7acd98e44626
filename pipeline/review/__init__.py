"""People beside the machine: their verdicts, what they are given to look at, how right it is."""
