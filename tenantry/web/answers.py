"""Answers that many pages give: addresses with a query, files, and the way on after a form."""

from collections.abc import Iterable
from urllib.parse import urlencode

from litestar import Response

from tenantry.web.pages import go
from tenantry.web.visit import Visit


def address(path: str, /, **query: str | Iterable[object] | None) -> str:
    """`path` with the parts of a query that say something; a list says its name once per item."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        values = [value] if isinstance(value, str) else value or ()
        pairs += [(name, str(one)) for one in values if str(one)]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def download(name: str, content: bytes) -> Response[bytes]:
    """A CSV file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def onward(visit: Visit, path: str, *, toast: str = "") -> Response[str] | Response[None]:
    """To `path`, the page that shows what a form did; htmx is told to load it whole, with the list behind the pane."""
    response = go(path, toast={"kind": "ok", "text": toast} if toast else None)
    if visit.target is None:
        return response
    return Response(
        "", media_type="text/html", status_code=200, headers={"HX-Redirect": path}, cookies=response.cookies
    )
