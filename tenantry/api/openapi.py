"""The interface for programs in OpenAPI's words, out of the very structures that are answered."""

from typing import Any

import msgspec

from tenantry.api.problems import PROBLEM, Problem

_FAILS = {
    "401": "No key, or one that is unknown or revoked.",
    "404": "There is no such person.",
    "503": "The database does not answer; try again after the seconds of Retry-After.",
}


def describe(path: str, answer: type[msgspec.Struct]) -> dict[str, Any]:
    """An OpenAPI 3.1 document of one address that answers `answer`."""
    (said, wrong), schemas = msgspec.json.schema_components(
        [answer, Problem], ref_template="#/components/schemas/{name}"
    )
    failed = {status: {"description": text, "content": {PROBLEM: {"schema": wrong}}} for status, text in _FAILS.items()}
    etag = {"ETag": {"schema": {"type": "string"}}, "Cache-Control": {"schema": {"type": "string"}}}
    found = {"description": "What they may use.", "headers": etag, "content": {"application/json": {"schema": said}}}
    same = {"description": "As it was when the ETag of If-None-Match was given."}
    user_id = {"name": "user_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    known = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
    asked = {
        "operationId": "readEntitlements",
        "summary": "What a person may use right now, why, until when, and how much of it",
        "parameters": [user_id, known],
        "responses": {"200": found, "304": same, **failed},
    }
    key = {"type": "http", "scheme": "bearer", "description": "The key of an app, made by the operator."}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tenantry entitlements", "version": "1"},
        "security": [{"appKey": []}],
        "paths": {path: {"get": asked}},
        "components": {"securitySchemes": {"appKey": key}, "schemas": schemas},
    }
