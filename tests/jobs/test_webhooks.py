"""Events on the wire: posted to a real server of this machine, signed, and never led elsewhere."""

import json
from base64 import b64decode
from datetime import UTC, datetime

import pytest

from tenantry.clients.webhooks import NotTaken, open_post, post, signed
from tenantry.domain.events import target_of
from tests.cast import NOW
from tests.jobs.conftest import App

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = {"id": "e-1", "type": "data.deleted", "data": {"name": "Zoë"}}


async def sent(url: str, *, patience: float = 5) -> str:
    async with open_post() as client:
        return await post(client, target_of(url, SECRET), EVENT, now=NOW, patience=patience)


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the libraries that verify them."""
    key = target_of("https://app.example", SECRET).key
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at)
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_an_event_arrives_whole_with_its_id_and_a_signature_of_exactly_its_bytes(app: App) -> None:
    assert await sent(app.url) == "HTTP 204"
    (got,) = app.got
    assert json.loads(got.body) == EVENT
    wanted = signed(b64decode(SECRET.removeprefix("whsec_")), "e-1", got.body, NOW)
    assert {name: got.headers[name] for name in wanted} == wanted
    assert got.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [400, 410, 500])
async def test_what_is_not_2xx_is_not_taken(app: App, status: int) -> None:
    app.status = status
    with pytest.raises(NotTaken, match=f"HTTP {status}"):
        await sent(app.url)


async def test_a_redirect_is_not_followed(app: App) -> None:
    app.status, app.headers = 307, {"Location": f"{app.url}elsewhere"}
    with pytest.raises(NotTaken, match="HTTP 307"):
        await sent(app.url)
    assert [got.path for got in app.got] == ["/"]


async def test_an_answer_without_end_is_not_read(app: App) -> None:
    app.endless = True
    assert await sent(app.url) == "HTTP 204"


async def test_an_app_that_hangs_is_not_waited_for_for_ever(app: App) -> None:
    app.hangs = True
    with pytest.raises(NotTaken, match="no answer in time"):
        await sent(app.url, patience=0.2)


async def test_an_app_that_is_away_is_told_of_in_one_line(free_tcp_port: int) -> None:
    with pytest.raises(NotTaken, match="ConnectError: ") as told:
        await sent(f"http://127.0.0.1:{free_tcp_port}/")
    assert "\n" not in str(told.value)
