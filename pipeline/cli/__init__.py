"""The command line: the only room that prints."""

from pipeline.cli.messages import install

install()  # before typer is imported: it looks its own words up then
