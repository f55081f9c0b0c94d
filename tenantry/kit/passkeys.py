"""Passkeys (WebAuthn): what a browser is asked, and whether its answer holds."""

from collections.abc import Collection
from dataclasses import dataclass

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import generate_challenge, parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tenantry.kit.errors import Kind, Refused


@dataclass(frozen=True)
class Party:
    """The site that passkeys are made for. id: its host name; origin: its address, as the browser tells it."""

    id: str
    name: str
    origin: str


@dataclass(frozen=True)
class Passkey:
    """What is kept of a passkey. sign_count: how often its device says it was used; 0 where it does not count."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Answer:
    """What a browser sent to prove a passkey, not yet believed. account: as the passkey itself names it."""

    text: str
    credential_id: bytes
    challenge: bytes
    account: bytes | None


def new_challenge() -> bytes:
    """What an answer has to be made for, so that none can be shown twice."""
    return generate_challenge()


def creation_options(party: Party, *, account: bytes, name: str, challenge: bytes, known: Collection[bytes]) -> str:
    """What `navigator.credentials.create` is asked, as JSON. known: passkeys that are not made once more."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=account,
        user_name=name,
        challenge=challenge,
        exclude_credentials=_described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return options_to_json(options)


def request_options(party: Party, *, challenge: bytes, known: Collection[bytes] = (), alone: bool = False) -> str:
    """What `navigator.credentials.get` is asked, as JSON. alone: no password came before, so the device verifies who
    holds it; and any passkey of this site will do."""
    verification = UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED
    options = generate_authentication_options(
        rp_id=party.id, challenge=challenge, allow_credentials=_described(known), user_verification=verification
    )
    return options_to_json(options)


def _described(ids: Collection[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one) for one in ids]


def made(party: Party, *, answer: str, challenge: bytes) -> Passkey:
    """The new passkey in a browser's answer. Raises Refused("passkey_wrong")."""
    try:
        found = verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=party.id, expected_origin=party.origin
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused("passkey_wrong", Kind.INVALID, field="passkey") from error
    return Passkey(found.credential_id, found.credential_public_key, found.sign_count)


def read_answer(text: str) -> Answer:
    """What a browser says it proves. Raises Refused("passkey_wrong") for what is no answer."""
    try:
        sent = parse_authentication_credential_json(text)
        challenge = parse_client_data_json(sent.response.client_data_json).challenge
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused("passkey_wrong", Kind.INVALID, field="passkey") from error
    return Answer(text, sent.raw_id, challenge, sent.response.user_handle)


def proved(party: Party, *, answer: Answer, challenge: bytes, passkey: Passkey, alone: bool = False) -> int:
    """The passkey's new count of uses. Raises Refused("passkey_wrong"), also where it did not count on: a copy."""
    try:
        found = verify_authentication_response(
            credential=answer.text,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=alone,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused("passkey_wrong", Kind.INVALID, field="passkey") from error
    return found.new_sign_count
