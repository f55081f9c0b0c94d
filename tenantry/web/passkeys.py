"""What pages that ask for passkeys share: the site that they are for, and the answer that the script reads."""

from urllib.parse import urlsplit

from litestar import Response

from tenantry.kit.passkeys import Party
from tenantry.web.visit import Visit

ANSWER_LENGTH = 20_000  # a browser sends two or three thousand characters


def party_of(visit: Visit) -> Party:
    """The site as people know it: the setting, or what the request says."""
    address = urlsplit(visit.house.settings.public_url or str(visit.request.base_url))
    return Party(address.hostname or "", "Tenantry", f"{address.scheme}://{address.netloc}")


def options(text: str) -> Response[str]:
    """What the script is to ask the browser for."""
    return Response(text, media_type="application/json", status_code=200, headers={"Cache-Control": "no-store"})
