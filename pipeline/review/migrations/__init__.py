"""The forms that the database of reviews has had, for Alembic."""
