"""Stripe on this machine: its payments and refunds are localstripe's, its saved cards and idempotency are ours.

What localstripe has not is here: pages to enter a card and to make a second step at, keys that give the first answer
again, lists by customer, a refusal where nobody is there for a second step, and the words of newer versions of the API.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

KEY = "sk_test_standin"
CARDS = {
    "4242": "4242424242424242",
    "3155": "4000002500003155",  # asks for a second step
    "0341": "4000000000000341",  # can be kept, pays nothing
}
type_answer = tuple[int, Any]


@dataclass
class StandIn:
    """One Stripe. asked: what came, (method, path, form); down: answers 503; deaf: does what it is asked, unheard."""

    url: str
    backstage: str
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    down: bool = False
    deaf: bool = False
    forgets_keys: bool = False
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, tuple[dict[str, str], type_answer]] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    # What a person does at its pages

    def enter(self, session_url: str, digits: str) -> str:
        """Somebody enters a card; returns where they are led then."""
        session = self.sessions[session_url.rpartition("/")[2]]
        card = {"number": CARDS[digits], "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        form = {"type": "card", **{f"card[{name}]": value for name, value in card.items()}}
        method = self.ask("POST", "/v1/payment_methods", form)[1]
        attached = self.ask("POST", f"/v1/payment_methods/{method['id']}/attach", {"customer": session["customer"]})[1]
        session |= {"status": "complete", "url": None}
        session["setup_intent"] = {"id": "seti_1", "object": "setup_intent", "status": "succeeded"}
        session["setup_intent"]["payment_method"] = attached
        return str(session["success_url"])

    def step(self, url: str, *, agrees: bool) -> str:
        """Somebody makes a second step; returns where they are led then."""
        intent_id = url.rpartition("/")[2]
        intent = self.ask("GET", f"/v1/payment_intents/{intent_id}", {})[1]
        form = {"client_secret": intent["client_secret"], "success": str(agrees).lower()}
        self.ask("POST", f"/v1/payment_intents/{intent_id}/_authenticate", form)
        return self.returns[intent_id]

    def intents(self) -> list[dict[str, Any]]:
        """Every payment intent there is."""
        return list(self.ask("GET", "/v1/payment_intents", {"limit": "100"})[1]["data"])

    def refunds(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", "/v1/refunds", {"limit": "100"})[1]["data"])

    def send_events_to(self, url: str, secret: str, kind: str) -> None:
        """Has localstripe send its signed events of a kind there."""
        self.ask("POST", "/_config/webhooks/tests", {"url": url, "secret": secret, "events[]": kind})

    def ask(self, method: str, path: str, form: dict[str, str]) -> type_answer:
        """localstripe's answer."""
        data = urlencode(form)
        place = f"{self.backstage}{path}" + (f"?{data}" if method == "GET" and data else "")
        asked = Request(place, data.encode() if method == "POST" else None, method=method)
        asked.add_header("Authorization", f"Bearer {KEY}")
        try:
            with urlopen(asked, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as error:
            said = error.read()
            return error.code, json.loads(said) if said.startswith(b"{") else {"error": {"message": said.decode()}}

    # What a program asks for

    def answer(self, method: str, path: str, form: dict[str, str], key: str) -> type_answer:
        """The same key gets the same answer; with another form it is refused."""
        self.asked.append((method, path, form))
        if not key or self.forgets_keys:
            return self.do(method, path, form)
        with self.lock:
            if key not in self.kept:
                self.kept[key] = form, self.do(method, path, form)
        before, said = self.kept[key]
        return said if before == form else _error(400, "idempotency_error", "keys_reused")

    def do(self, method: str, path: str, form: dict[str, str]) -> type_answer:
        if path == "/v1/checkout/sessions":
            return 200, self.open(form)
        if path.startswith("/v1/checkout/sessions/"):
            found = self.sessions.get(path.rpartition("/")[2])
            return (200, found) if found else _error(404, "invalid_request_error", "resource_missing")
        if (method, path) == ("POST", "/v1/payment_intents"):
            return self.charge(form)
        if (method, path) == ("GET", "/v1/payment_intents"):
            theirs = [one for one in self.intents() if one["customer"] == form["customer"]]
            return 200, {"object": "list", "url": path, "has_more": False, "data": [self.told(one) for one in theirs]}
        status, said = self.ask(method, path, form)
        return status, self.told(said)

    def open(self, form: dict[str, str]) -> dict[str, Any]:
        """A page to enter a card at."""
        if form["mode"] != "setup" or not form.get("allowed_payment_method_types[0]"):
            raise AssertionError(form)
        id = f"cs_test_{len(self.sessions)}"
        marks = {name: form[f"metadata[{name}]"] for name in ("tenant_id", "setup_id")}
        facts = {name: form[name] for name in ("customer", "success_url", "cancel_url", "mode")}
        self.sessions[id] = {"id": id, "object": "checkout.session", "status": "open", "setup_intent": None, **facts}
        self.sessions[id] |= {"url": f"{self.url}/pay/{id}", "metadata": marks}
        return self.sessions[id]

    def charge(self, form: dict[str, str]) -> type_answer:
        """A payment; one that would need a second step fails where nobody is there to make it."""
        form = {name.replace("allowed_payment", "payment"): value for name, value in form.items()}
        back = form.pop("return_url", None)
        status, said = self.ask("POST", "/v1/payment_intents", form)
        if status != 200:
            return status, said
        if back:
            self.returns[said["id"]] = back
        if said["status"] == "requires_action" and form.get("off_session") == "true":
            secret = {"client_secret": said["client_secret"], "success": "false"}
            failed = self.ask("POST", f"/v1/payment_intents/{said['id']}/_authenticate", secret)[1]
            error = _error(402, "card_error", "authentication_required")
            error[1]["error"]["payment_intent"] = failed | {"last_payment_error": {"code": "authentication_required"}}
            return error
        return 200, self.told(said)

    def told(self, said: Any) -> Any:
        """A payment whose second step is made at a page, as for who has no script of Stripe's."""
        if isinstance(said, dict) and (said.get("next_action") or {}).get("type") == "use_stripe_sdk":
            to = {"url": f"{self.url}/step/{said['id']}", "return_url": self.returns.get(said["id"])}
            said = said | {"next_action": {"type": "redirect_to_url", "redirect_to_url": to}}
        return said


def _error(status: int, kind: str, code: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"type": kind, "code": code, "message": code}}


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Stand-in</title><h1>A stand-in for Stripe</h1>
<p>No money moves.</p><form method="post">{buttons}</form><p><a href="{back}">Back</a></p></html>"""


class _Desk(BaseHTTPRequestHandler):
    """HTTP before a `StandIn`."""

    stand_in: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if path.startswith(("/pay/", "/step/")):
            self.show(path)
        else:
            self.api("GET", path, query)

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if self.path.startswith("/pay/"):
            self.go(self.stand_in.enter(self.path, form["card"]))
        elif self.path.startswith("/step/"):
            self.go(self.stand_in.step(self.path, agrees=form["do"] == "confirm"))
        else:
            self.api("POST", self.path, form)

    def api(self, method: str, path: str, form: dict[str, str]) -> None:
        if self.stand_in.down:
            return self.say(503, b"{}")
        status, said = self.stand_in.answer(method, path, form, self.headers.get("Idempotency-Key", ""))
        if self.stand_in.deaf:
            self.close_connection = True
            return None
        return self.say(status, json.dumps(said).encode())

    def show(self, path: str) -> None:
        ways = (
            [("card", digits) for digits in CARDS]
            if path.startswith("/pay/")
            else [("do", "confirm"), ("do", "refuse")]
        )
        buttons = "".join(f'<button name="{name}" value="{value}">{value}</button>' for name, value in ways)
        session = self.stand_in.sessions.get(path.rpartition("/")[2], {})
        page = _PAGE.format(buttons=buttons, back=escape(session.get("cancel_url", "")))
        self.say(200, page.encode(), "text/html")

    def go(self, place: str) -> None:
        self.send_response(303)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def say(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def open_stand_in(port: int = 0) -> Iterator[StandIn]:
    """A Stripe on the loopback, at a free port unless one is named."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        behind = free.getsockname()[1]
    program = [sys.executable, str(Path(__file__).with_name("backstage.py")), str(behind)]
    with subprocess.Popen(program) as process:
        server = ThreadingHTTPServer(("127.0.0.1", port), type("Desk", (_Desk,), {}))
        stand_in = StandIn(f"http://127.0.0.1:{server.server_port}", f"http://127.0.0.1:{behind}")
        server.RequestHandlerClass.stand_in = stand_in  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            _wait(behind)
            yield stand_in
        finally:
            server.shutdown()
            server.server_close()
            process.terminate()


def _wait(port: int) -> None:
    """Until localstripe listens."""
    for _ in range(200):
        with socket.socket() as looking:
            if looking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("localstripe does not start")


if __name__ == "__main__":
    with open_stand_in(int(sys.argv[1])) as opened:
        print(opened.url, flush=True)
        while True:
            time.sleep(60)
