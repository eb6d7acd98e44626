"""Words that come out in errors about files and are not ours: pydantic's and the YAML reader's.

Listed here for the catalogue, and looked up where they come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.messages import language, marked, tr

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_NUMBER = marked("Input should be a valid number")
_INTEGER = marked("Input should be a valid integer")
_MAPPING = marked("Input should be a valid dictionary")
_YES_OR_NO = marked("Input should be true or false")
_CHOICE = marked("Input should be {expected}")
_TIME = marked("Input should be a valid time")
_MOMENT = marked("Input should be a valid date and time")

PYDANTIC = {
    "missing": marked("Field required"),
    "literal_error": _CHOICE,
    "enum": _CHOICE,
    "string_type": marked("Input should be a valid string"),
    "list_type": marked("Input should be a valid list"),
    "tuple_type": marked("Input should be a valid list"),
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "greater_than": marked("Input should be greater than {gt:g}"),
    "greater_than_equal": marked("Input should be at least {ge:g}"),
    "less_than": marked("Input should be less than {lt:g}"),
    "less_than_equal": marked("Input should be at most {le:g}"),
    "too_short": marked("expected at least {min_length}"),
    "string_too_short": marked("expected at least {min_length} character(s)"),
    "string_too_long": marked("expected at most {max_length} characters"),
    "timezone_aware": marked("Input should have timezone info"),
    "time_parsing": _TIME,
    "time_type": _TIME,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
}
"""What pydantic finds, by its kind of error; whatever is not here comes out in its own words."""
YAML = (
    marked("could not find expected ':'"),
    marked("mapping values are not allowed here"),
    marked("found character '@' that cannot start any token"),
    marked("found character '\\t' that cannot start any token"),
    marked("found character '`' that cannot start any token"),
    marked("expected ',' or ']', but got '['"),
    marked("expected ',' or ']', but got '<stream end>'"),
    marked("expected ',' or '}', but got '['"),
    marked("expected ',' or '}', but got '<stream end>'"),
    marked("expected <block end>, but found '<block mapping start>'"),
    marked("expected <block end>, but found '?'"),
    marked("found unexpected end of stream"),
)


def said_of(error: ErrorDetails) -> str:
    """What pydantic found wrong, in the user's language."""
    template = PYDANTIC.get(error["type"])
    if template is None or language() == "en":
        message = error["msg"].removeprefix("Value error, ")
        return tr(message)
    return tr(template, **error.get("ctx", {})).replace(" or ", "或")
