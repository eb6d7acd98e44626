"""Rubrics and rules: what their files may say, and how they are read."""
