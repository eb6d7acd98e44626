"""How the text models are stored: small, and the same bytes each time."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import skops.io

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import Pipeline


def compact_features(vectorizer: TfidfVectorizer) -> TfidfVectorizer:
    """The same features, small: the vocabulary as one array in its order, rounded weights."""
    ordered = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.__getitem__)
    vectorizer.set_params(vocabulary=np.array(ordered))
    del vectorizer.vocabulary_
    vectorizer.fixed_vocabulary_ = True
    vars(vectorizer).pop("_stop_words_id", None)  # an address in memory
    vectorizer._tfidf.idf_ = vectorizer._tfidf.idf_.round(3).astype(np.float32)  # noqa: SLF001
    return vectorizer


def compact(model: Pipeline) -> Pipeline:
    """The same model, small: rounded weights, small features."""
    for _, vectorizer in model.named_steps["features"].transformer_list:
        compact_features(vectorizer)
    classifier = model.named_steps["classifier"]
    classifier.multi_class = "deprecated"  # scikit-learn 1.5 to 1.7 looks for it
    classifier.coef_ = classifier.coef_.round(3).astype(np.float32)
    classifier.intercept_ = classifier.intercept_.round(3).astype(np.float32)
    return model


def store(content: Mapping[str, Any], path: Path) -> None:
    """Write ``content`` with skops, without what differs from run to run.

    skops names parts by their address in memory and the archive's members by the clock: here parts are
    numbered as they come, and every member is of 1980.
    """
    raw = io.BytesIO()
    skops.io.dump(dict(content), raw)
    with zipfile.ZipFile(raw) as archive:
        schema = json.loads(archive.read("schema.json"))
        names: dict[Any, str] = {}
        members = {"schema.json": json.dumps(_numbered(schema, names), ensure_ascii=False).encode()}
        members |= {names[n]: archive.read(n) for n in archive.namelist() if n in names}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, members[name])


def _numbered(node: Any, names: dict[Any, str]) -> Any:
    if isinstance(node, list):
        return [_numbered(part, names) for part in node]
    if not isinstance(node, dict):
        return node
    changed: dict[str, Any] = {}
    for key, value in node.items():
        if key == "__id__":
            changed[key] = int(names.setdefault(value, str(len(names) + 1)))
        elif key == "file" and isinstance(value, str):
            number = names.setdefault(int(value.partition(".")[0]), str(len(names) + 1))
            changed[key] = names[value] = f"{number}.npy"
        else:
            changed[key] = _numbered(value, names)
    return changed
