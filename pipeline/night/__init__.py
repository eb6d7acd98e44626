"""A night's run: find, hear, judge, publish; and what is kept between nights."""
