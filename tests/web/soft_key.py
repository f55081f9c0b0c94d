"""A passkey made of Python: what a browser and its device answer, and what somebody could answer instead."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, NEW = 0x01, 0x04, 0x40


def spelled(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def read(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftKey:
    """A device with one passkey. count: how often it was used; verifies: whether it asks who holds it."""

    origin: str
    rp_id: str
    verifies: bool = True
    count: int = 0
    account: bytes = b""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`."""
        self.account = read(options["user"]["id"])
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        made = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        attested = {"fmt": "none", "attStmt": {}, "authData": self._facts(NEW) + made}
        told = self._told("webauthn.create", options["challenge"])
        return self._sent({"clientDataJSON": spelled(told), "attestationObject": spelled(cbor2.dumps(attested))})

    def get(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        self.count += 1
        facts, told = self._facts(0), self._told("webauthn.get", options["challenge"])
        signature = self.key.sign(facts + sha256(told).digest(), ec.ECDSA(SHA256()))
        parts = {"authenticatorData": facts, "clientDataJSON": told, "signature": signature, "userHandle": self.account}
        return self._sent({name: spelled(part) for name, part in parts.items()})

    def _facts(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _told(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _sent(self, response: dict[str, str]) -> str:
        sent = {"id": spelled(self.id), "rawId": spelled(self.id), "type": "public-key", "response": response}
        return json.dumps(sent | {"clientExtensionResults": {}})
