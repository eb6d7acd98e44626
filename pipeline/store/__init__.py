"""What is kept of calls and published: one declaration a table, and the files."""
