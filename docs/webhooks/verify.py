"""Checks the signature of a Sluice webhook. Python 3.8 or later, no dependencies."""

import hashlib
import hmac
import re
import time
from typing import Optional


def is_from_sluice(
    body: bytes,
    header: Optional[str],
    secret: str,
    tolerance_seconds: float = 300,
    now: Optional[float] = None,
) -> bool:
    """
    body: the request's body as it came, before any JSON parser
    header: the request's Sluice-Signature
    secret: as it was shown once, whsec_ included
    tolerance_seconds, now: how old a delivery may be; the clock, in seconds
    """
    parts = [part.strip().partition("=") for part in (header or "").split(",")]
    sent_at = next((value for name, _, value in parts if name == "t"), "")
    if not re.fullmatch(r"[0-9]{1,15}", sent_at):
        return False
    if abs((time.time() if now is None else now) - int(sent_at)) > tolerance_seconds:
        return False
    expected = hmac.new(secret.encode(), sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    # While a secret is being rotated there are two signatures: one of them has to fit.
    signatures = [value for name, _, value in parts if name == "v1"]
    return any(hmac.compare_digest(value.encode(), expected.encode()) for value in signatures)
