"""The web application over the results: ``callqa serve``. The only room that knows HTTP."""
