"""Spans for OpenTelemetry, where a setting names who collects them. Nothing of it is imported elsewhere.

No span tells of a person: no address and no query of a page, no header, no parameter of a statement. A page is its
route, a statement its text.
"""

from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tenantry.kit.logs import noted
from tenantry.queries.house import House

_PASSED_ON = {b"traceparent", b"tracestate"}
_WHOLE = "tenantry.whole"


def processor_for(endpoint: str) -> SpanProcessor:
    """Sends to a collector that speaks OTLP over HTTP, like http://127.0.0.1:4318/v1/traces."""
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint))


def traced(app: ASGIApp, house: House, processor: SpanProcessor) -> tuple[ASGIApp, TracerProvider]:
    """`app` with a span for each request and statement; the provider is to be shut down in the end."""
    provider = TracerProvider(resource=Resource.create({"service.name": "tenantry"}))
    provider.add_span_processor(processor)
    engine = house.db.engine.sync_engine
    # It has not been declared for SQLAlchemy 2.1 yet; tests/web/test_tracing.py holds that it works there.
    SQLAlchemyInstrumentor().instrument(engine=engine, tracer_provider=provider, skip_dep_check=True)

    async def inside(scope: Any, receive: Receive, send: Send) -> None:
        whole, span = scope[_WHOLE], trace.get_current_span()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                _name(span, whole)
            await send(message)

        await app(whole, receive, answer)

    middleware: Any = OpenTelemetryMiddleware(
        inside,
        tracer_provider=provider,
        exclude_spans=["receive", "send"],
    )

    async def outside(scope: Scope, receive: Receive, send: Send) -> None:
        await middleware(_bare(scope), receive, send)

    return outside, provider


def _bare(scope: Scope) -> dict[str, Any]:
    """The request as spans may know it; the whole goes along for the page."""
    headers = [(name, value) for name, value in scope["headers"] if name in _PASSED_ON]
    unsaid = {"path": "/", "raw_path": b"/", "query_string": b"", "client": None, "headers": headers}
    return {**scope, **unsaid, _WHOLE: scope}


def _name(span: trace.Span, scope: Any) -> None:
    """What is known once the page is made: which it was, and what it did."""
    route = scope.get("path_template") or "none"
    span.update_name(f"{scope['method']} {route}")
    span.set_attribute("http.route", route)
    for fact in ("request_id", "operation", "command"):
        if fact in noted():
            span.set_attribute(f"tenantry.{fact}", noted()[fact])
