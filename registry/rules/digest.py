"""Digests of content: one canonical form, the algorithm's name in front.

The canonical form is JSON with sorted keys, no spaces, UTF-8, numbers as integers. A digest is written
`sha256:<64 hexadecimal digits>`.
"""

import hashlib
import json
from typing import Any

ALGORITHM = "sha256"


def canonical(content: Any) -> bytes:
    """Return the one byte form of `content` (dicts, lists, strings, integers, booleans, None)."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def digest(content: Any) -> str:
    """Return the digest of `content`, named by its algorithm."""
    return f"{ALGORITHM}:{hashlib.new(ALGORITHM, canonical(content)).hexdigest()}"
