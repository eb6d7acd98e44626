"""How right the rules are: labelled calls of five trades, their noise, and the figures."""
