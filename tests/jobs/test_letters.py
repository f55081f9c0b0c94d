"""Letters out of the door: by a real mail server, one that refuses, one that hangs, and into the demo's mailbox."""

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, text, update

from tenantry.clients.mail import MailFailed, Server, compose, send, server_of
from tenantry.commands.send_letters import take_up_letters
from tenantry.jobs.post import deliver
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.queries.mailbox import list_mailbox
from tenantry.store.database import Database
from tenantry.store.letters import put_off, send_again, write_letter
from tenantry.store.tables import accounts, letters
from tenantry.words.speech import LANGUAGES, speech
from tests.cast import NOW, PETER
from tests.jobs.conftest import Post, type_work_off
from tests.world import Tenant

TO, LINK = "peter@contoso.example", "https://tenantry.example/reset/abc"
FROM = "seats@tenantry.example"
_DUE = text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
_JOBS = text("SELECT status::text, scheduled_at - clock_timestamp() FROM procrastinate_jobs ORDER BY id")


async def make_letter(db: Database, *, to: str = TO, language: str = "en") -> None:
    params = {"email": to, "expires_at": NOW, "link": LINK}
    async with db.transaction() as tx:
        await write_letter(tx, kind="password_reset", to=to, language=language, params=params, now=NOW)


async def the_letter(db: Database) -> Row[Any]:
    async with db.transaction() as tx:
        return (await tx.execute(select(letters))).one()


async def jobs(db: Database) -> list[tuple[str, timedelta | None]]:
    async with db.transaction() as tx:
        return [tuple(row) for row in await tx.execute(_JOBS)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_letter_reaches_the_mail_server_in_its_readers_language(
    language: str, db: Database, work_off: type_work_off, smtp_url: str, post: Post
) -> None:
    await make_letter(db, language=language)
    await work_off(smtp_url=smtp_url, mail_from=FROM)
    (message,) = post.got
    assert message["Subject"] == speech(language).say("Choose a new password")
    assert (message["To"], message["From"]) == (TO, f"Tenantry <{FROM}>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert LINK in message.get_body(("plain",)).get_content()
    assert f'href="{LINK}"' in message.get_body(("html",)).get_content()


async def test_a_letter_tells_times_in_the_zone_of_whose_address_it_goes_to(
    db: Database, contoso: Tenant, work_off: type_work_off, smtp_url: str, post: Post
) -> None:
    async with db.transaction() as tx:
        mine = update(accounts).where(accounts.c.id == contoso.accounts[PETER])
        await tx.execute(mine.values(time_zone="America/New_York"))
    await make_letter(db, to=contoso.email(PETER).upper())
    await work_off(smtp_url=smtp_url)
    (message,) = post.got
    assert "(America/New_York)" in message.get_body(("plain",)).get_content()


async def test_a_sent_letter_holds_no_link_any_more_and_its_job_is_gone(
    db: Database, work_off: type_work_off, smtp_url: str
) -> None:
    await make_letter(db)
    await work_off(smtp_url=smtp_url)
    letter = await the_letter(db)
    assert (letter.params, letter.subject, letter.body, letter.tries) == ({}, None, None, 1)
    assert letter.sent_at is not None
    assert await jobs(db) == []


async def test_a_letter_of_a_rolled_back_transaction_is_never_sent(
    db: Database, work_off: type_work_off, smtp_url: str, post: Post
) -> None:
    async with db.engine.connect() as tx:
        params = {"email": TO, "changed_at": NOW}
        await write_letter(tx, kind="password_changed", to=TO, language="en", params=params, now=NOW)
        await tx.rollback()
    await work_off(smtp_url=smtp_url)
    assert post.got == []


async def test_two_workers_and_two_jobs_never_send_a_letter_twice(
    db: Database, work_off: type_work_off, smtp_url: str, post: Post
) -> None:
    for number in range(8):
        await make_letter(db, to=f"p{number}@contoso.example")
    async with db.transaction() as tx:
        for letter_id in (await tx.execute(select(letters.c.id))).scalars().all():
            await put_off(tx, letter_id)
    await asyncio.gather(*(work_off(smtp_url=smtp_url) for _ in range(2)))
    await work_off(smtp_url=smtp_url)
    assert sorted(message["To"] for message in post.got) == [f"p{number}@contoso.example" for number in range(8)]


async def test_a_server_that_is_away_is_asked_again_and_the_sixth_time_is_the_last(
    db: Database, work_off: type_work_off
) -> None:
    await make_letter(db)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"smtp://127.0.0.1:{probe.getsockname()[1]}"
        waits = []
        for _ in range(6):
            await work_off(smtp_url=nobody)
            waits += [round(wait / timedelta(minutes=1)) for status, wait in await jobs(db) if wait]
            async with db.transaction() as tx:
                await tx.execute(_DUE)
    letter = await the_letter(db)
    assert waits == [1, 10, 60, 300, 1080]
    assert (letter.tries, letter.sent_at, letter.params["link"]) == (6, None, LINK)
    assert letter.failed_at is not None
    assert "Connect" in letter.error
    assert await jobs(db) == []


async def test_a_letter_that_was_given_up_can_be_sent_again(
    db: Database, work_off: type_work_off, smtp_url: str, post: Post
) -> None:
    await make_letter(db)
    post.refusal = "550 5.1.1 No such mailbox"
    await work_off(smtp_url=smtp_url)
    failed = await the_letter(db)
    post.refusal = ""
    async with db.transaction() as tx:
        assert await send_again(tx, failed.id)
        assert not await send_again(tx, failed.id)
    await work_off(smtp_url=smtp_url)
    assert (failed.failed_at is not None, failed.tries) == (True, 1)
    assert failed.error == "SMTPRecipientRefused: 550 5.1.1 No such mailbox"
    assert len(post.got) == 1


async def test_a_server_that_is_only_busy_is_tried_again(
    db: Database, work_off: type_work_off, smtp_url: str, post: Post
) -> None:
    await make_letter(db)
    post.refusal = "451 4.7.1 Try later"
    await work_off(smtp_url=smtp_url)
    letter = await the_letter(db)
    assert (letter.failed_at, [status for status, _ in await jobs(db)]) == (None, ["todo"])


async def test_a_server_that_hangs_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = server_of(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(MailFailed) as failed:
            await asyncio.wait_for(send(server, a_message(), patience=0.2), timeout=5)
    assert not failed.value.final


async def test_a_server_without_tls_gets_no_password(smtp_url: str, post: Post) -> None:
    port = int(smtp_url.rpartition(":")[2])
    server = Server("127.0.0.1", port, "user", "secret", tls=False, start_tls=True)
    with pytest.raises(MailFailed, match="STARTTLS"):
        await send(server, a_message())
    assert post.got == []


def a_message(to: str = TO, subject: str = "Hello") -> Any:
    return compose(letter_id=new_id(), sender=FROM, to=to, subject=subject, text="a", html="<p>a</p>", now=NOW)


@pytest.mark.parametrize(
    ("to", "subject"),
    [("a@b.example\r\nBcc: c@d.example", "x"), ("a@b.example, c@d.example", "x"), (TO, "x\r\nBcc: c@d.example")],
)
def test_no_header_can_be_smuggled_in(to: str, subject: str) -> None:
    with pytest.raises(MailFailed) as failed:
        a_message(to, subject)
    assert failed.value.final


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 587, None, None, tls=False, start_tls=True)),
        ("smtps://u:p%40ss@mail.example", Server("mail.example", 465, "u", "p@ss", tls=True, start_tls=False)),
        ("smtp://relay.example:25?tls=no", Server("relay.example", 25, None, None, tls=False, start_tls=False)),
        ("smtp://localhost:25", Server("localhost", 25, None, None, tls=False, start_tls=False)),
    ],
)
def test_the_url_names_the_server(url: str, server: Server) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://x:port", "smtp://x?tls=off"])
def test_a_url_that_names_none_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="setting_invalid"):
        server_of(url)


async def test_without_a_mail_server_letters_wait_and_go_once_there_is_one(
    db: Database, house: House, work_off: type_work_off, smtp_url: str, post: Post
) -> None:
    await make_letter(db)
    await work_off()
    waiting = await the_letter(db)
    assert (waiting.sent_at, waiting.tries, await jobs(db)) == (None, 0, [])
    assert await take_up_letters(db, now=NOW) == 0
    assert await take_up_letters(db, now=NOW + timedelta(minutes=6)) == 1
    assert await take_up_letters(db, now=NOW + timedelta(minutes=6)) == 0
    await work_off(smtp_url=smtp_url)
    assert len(post.got) == 1


async def test_the_demo_keeps_letters_for_its_mailbox(db: Database, work_off: type_work_off) -> None:
    await make_letter(db)
    await work_off(demo_mailbox=True)
    (kept,) = await list_mailbox(db)
    assert (kept.recipient, kept.subject) == (TO, "Choose a new password")
    assert LINK in kept.body
    assert (await the_letter(db)).params == {}


async def test_a_letter_that_is_sent_meanwhile_is_left_alone(db: Database, house: House) -> None:
    await make_letter(db)
    letter = await the_letter(db)
    async with db.transaction() as tx:
        await tx.execute(update(letters).values(sent_at=datetime.now(UTC)))
    demo = replace(house, settings=replace(house.settings, demo_mailbox=True))
    await deliver(demo, letter_id=letter.id, now=NOW)
    assert (await the_letter(db)).tries == 0
