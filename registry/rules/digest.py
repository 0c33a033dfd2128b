"""Digests of content: one canonical form, the algorithm's name in front.

The canonical form is JSON with sorted keys, no spaces, UTF-8, numbers as integers. A digest is written
`sha256:<64 hexadecimal digits>`; in the audit chain it may be `sm3:` instead.
"""

import hashlib
import json
from typing import Any

ALGORITHM = "sha256"
# What an entry of the audit chain may be digested with; SM3 is GB/T 32905-2016.
ALGORITHMS = ("sha256", "sm3")


def canonical(content: Any) -> bytes:
    """Return the one byte form of `content` (dicts, lists, strings, integers, booleans, None)."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def digest(content: Any, algorithm: str = ALGORITHM) -> str:
    """Return the digest of `content`, named by its algorithm."""
    return f"{algorithm}:{hashlib.new(algorithm, canonical(content)).hexdigest()}"


def algorithm_of(found: str) -> str:
    """Return the algorithm a digest was made with, by its name in front; ours where it names none that we know."""
    name = found.partition(":")[0]
    return name if name in ALGORITHMS else ALGORITHM
