"""Names of recordings and ids of calls, as they are published."""

from __future__ import annotations

import pytest

from pipeline.privacy.files import shown_id, shown_name


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        (
            "out-13800001234-0008-20261118-091500-1700000000.123.wav",
            "out-138****1234-0008-20261118-091500-1700000000.123.wav",
        ),
        ("20261118091500_02562345678_8001.mp3", "20261118091500_025****5678_8001.mp3"),
        ("013800001234.wav", "0138****1234.wav"),
        ("2026-11-18/g01.ogg", "2026-11-18/g01.ogg"),
    ],
)
def test_telephone_numbers_in_a_files_name_are_masked(plain: str, published: str) -> None:
    """Dates, extensions and a phone system's own ids stay."""
    assert shown_name(plain) == published


def test_the_customers_own_number_is_masked_whatever_its_shape() -> None:
    """The call record knows it."""
    assert shown_name("62345678-1.wav", "62345678") == "****5678-1.wav"
    assert shown_name("62345678-1.wav") == "62345678-1.wav"


def test_an_id_that_holds_a_number_stays_unique_and_the_same() -> None:
    """Two calls of one masked look are still two; without the key nobody can try numbers."""
    one, other = shown_id("13800001234-1", "k"), shown_id("13811111234-1", "k")
    assert one != other
    assert one.startswith("138")
    assert one.endswith("1234-1")
    assert shown_id("13800001234-1", "k") == one != shown_id("13800001234-1", "another")
    assert shown_id("g01", "k") == "g01"
