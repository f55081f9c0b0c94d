"""Spans: which there are, and that they tell of nobody."""

import subprocess
import sys
from dataclasses import replace

import pytest
from litestar.testing import AsyncTestClient
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tenantry.queries.house import House
from tenantry.web import create_app
from tests.cast import ADELE
from tests.web.conftest import type_browse
from tests.world import Tenant


async def test_a_request_and_its_statements_are_spans_that_name_nobody(
    house: House, contoso: Tenant, browse: type_browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = InMemorySpanExporter()
    monkeypatch.setattr("tenantry.web.tracing.processor_for", lambda endpoint: SimpleSpanProcessor(kept))
    settings = replace(house.settings, otel_endpoint="http://127.0.0.1:4318/v1/traces")
    app = create_app(replace(house, settings=settings))
    async with browse(contoso, ADELE) as desk, AsyncTestClient(app) as client:
        client.cookies = desk.client.cookies
        headers = {"X-Forwarded-For": "203.0.113.9", "User-Agent": "Somebody's browser"}
        page = await client.get(f"{desk.home}/users/active?q=peter.secret", headers=headers)
        user = await client.get(f"{desk.home}/users/active?open={contoso.people[ADELE]}")
    assert (page.status_code, user.status_code) == (200, 200)
    spans = kept.get_finished_spans()
    request = next(one for one in spans if one.name == "GET /t/{slug}/users/active")
    assert (request.attributes or {})["http.route"] == "/t/{slug}/users/active"
    statements = [one for one in spans if one.context.trace_id == request.context.trace_id and one is not request]
    assert any("SELECT" in str((one.attributes or {}).get("db.statement")) for one in statements)
    said = " ".join(f"{one.name} {dict(one.attributes or {})} {one.events}" for one in spans)
    for personal in ("peter.secret", "203.0.113.9", "Somebody's browser", contoso.slug, str(contoso.people[ADELE])):
        assert personal not in said


def test_without_the_setting_nothing_of_it_is_loaded() -> None:
    look = "import sys, tenantry.app; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
