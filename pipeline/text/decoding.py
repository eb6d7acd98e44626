"""Text files as Chinese desks write them."""

from __future__ import annotations

import codecs


def decode(data: bytes) -> str | None:
    """UTF-8 with or without a mark, UTF-16 with one, else GB18030; None where it is none of them."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
