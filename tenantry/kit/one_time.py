"""Codes of an authenticator app (RFC 6238): six digits, a new one every thirty seconds."""

import hmac
from datetime import datetime

import pyotp

SECONDS = 30


def new_secret() -> str:
    """What the app and we share: 160 bits in base 32, as apps let one type it."""
    return pyotp.random_base32()


def setup_address(secret: str, *, name: str, issuer: str) -> str:
    """The `otpauth:` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_at(now: datetime) -> int:
    """The number of the thirty seconds that `now` is in."""
    return int(now.timestamp()) // SECONDS


def offset_of(code: str, secret: str, *, step: int, reach: int) -> int | None:
    """How many steps from `step` the app that shows `code` is, the nearest first; None beyond `reach`."""
    totp = pyotp.TOTP(secret)
    for offset in sorted(range(-reach, reach + 1), key=abs):
        if hmac.compare_digest(totp.generate_otp(step + offset).encode(), code.encode()):
            return offset
    return None
