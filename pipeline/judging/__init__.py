"""A call against a rubric: its findings, its score, and the examples that rules carry."""
