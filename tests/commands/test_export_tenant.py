"""Everything a tenant has, in one ZIP: that it equals the rows, is of one moment, and holds nothing of anybody else."""

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.delete_people import delete_people
from tenantry.commands.export_tenant import FORMAT, export_tenant
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries import export_tenant as tables
from tenantry.queries.export_parts import PARTS
from tenantry.store.database import Database
from tenantry.store.tables import file_parts, files, metadata, operations, sign_ins, support_access, users
from tests.cast import ADELE, BASIC, BILL, CHAT, DAY, GUSTAV, NANCY, NED, NORA, NOW, PETER, RASMUS, ULLA
from tests.world import Tenant, make_pool, make_users, password_hash, query_count, rows_of

CANARY = "Kanarienvogel"


async def silent(done: int) -> None:
    """Nobody watches."""


async def exported(db: Database, tenant: Tenant, *, language: str = "en", progress: Any = silent) -> zipfile.ZipFile:
    made = await export_tenant(db, tenant.viewer(ADELE, language), progress=progress, now=NOW)
    async with db.transaction(tenant.id) as tx:
        parts = select(file_parts.c.content).where(file_parts.c.file_id == made.file_id).order_by(file_parts.c.number)
        content = b"".join((await tx.execute(parts)).scalars())
    return zipfile.ZipFile(io.BytesIO(content))


def rows_in(archive: zipfile.ZipFile, part: str) -> list[dict[str, Any]]:
    return json.loads(archive.read(f"json/{part}.json"))


def cells_in(archive: zipfile.ZipFile, part: str) -> list[dict[str, str]]:
    text = archive.read(f"csv/{part}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def busy(db: Database, tenant: Tenant) -> None:
    """Something in every table of an export."""
    await purchases(db, tenant, await make_pool(db, tenant.id, BASIC, 50))
    await self_service(db, tenant)
    wish = {"wish": Wish(assign={BASIC.sku_id: frozenset({CHAT.id})}), "all_or_none": False, "now": NOW}
    await assign_licenses(
        db, tenant.viewer(ADELE), selection=Selection(ids=tenant.ids(PETER, ULLA, NORA, BILL)), **wish
    )
    await delete_people(db, tenant.viewer(ADELE), selection=Selection(ids=tenant.ids(BILL)), now=NOW)
    async with db.transaction(tenant.id) as tx:
        for who in (PETER, GUSTAV):
            facts = {"at": NOW, "outcome": "done", "method": "password", "address": "192.0.2.1", "agent": "=cmd()"}
            await tx.execute(insert(sign_ins).values(account_id=tenant.accounts[who], **facts))
        access = {"name": "Olga", "reason": "Printer on fire", "level": "look", "started_at": NOW}
        account_id = tenant.accounts[PETER]
        row = {"tenant_id": tenant.id, "id": new_id(), "account_id": account_id, "ends_at": NOW.replace(hour=11)}
        await tx.execute(insert(support_access).values(**row, **access))


async def purchases(db: Database, tenant: Tenant, subscription_id: UUID) -> None:
    """One row in every table of billing."""
    order, invoice, method, operation, payment = new_id(), new_id(), new_id(), new_id(), new_id()
    money = {"currency": "DKK", "net": 350000, "tax": 87500}
    place = {"street": "Havnegade 1", "postal_code": "8000", "city": "Aarhus", "country": "DK"}
    whole = {"kind": "buy", "state": "done", "lines": [], "actor_name": ADELE.name, "made_at": NOW}
    line = {"subscription_id": subscription_id, "kind": "purchase", "product": "Business Basic", "seats": 50}
    period = {"unit_price": 7000, "frequency": "monthly", "from_at": NOW, "until_at": NOW + DAY, "at": NOW}
    paid = {"state": "paid", "currency": "DKK", "amount": 437500, "made_at": NOW, "action_url": "https://pay.example/x"}
    issued = {"state": "paid", "buyer": {}, "seller": {}, "issued_at": NOW, "due_at": NOW + DAY}
    change = {"subscription_id": subscription_id, "seats": 60, "unit_price": 6900, "made_at": NOW, "made_by": "Bill"}
    rows = {
        "billing_accounts": {"legal_name": "Contoso A/S", **place},
        "payment_methods": {"id": method, "provider": "stripe", "label": "Visa 4242", "external_id": "pm_secret"},
        "orders": {"id": order, **whole, **money, "operation_id": operation},
        "invoices": {"id": invoice, "number": f"T-{tenant.slug}", **issued, **money},
        "charges": {"invoice_id": invoice, **line, **period, **money, "tax_permille": 250, "operation_id": operation},
        "payments": {"id": payment, "invoice_id": invoice, "provider": "stripe", **paid},
        "seat_batches": {"subscription_id": subscription_id, "seats": 50, "bought_at": NOW},
        "scheduled_changes": {**change, "operation_id": operation},
    }
    rows["payment_methods"]["made_at"] = NOW
    given_back = {"state": "done", "currency": "DKK", "amount": 100, "made_at": NOW}
    rows["refunds"] = {"id": new_id(), "payment_id": payment, **given_back}
    await put(db, tenant, rows)


async def put(db: Database, tenant: Tenant, rows: Mapping[str, Mapping[str, Any]]) -> None:
    async with db.transaction(tenant.id) as tx:
        for table, row in rows.items():
            await tx.execute(insert(metadata.tables[table]).values(tenant_id=tenant.id, **row))


async def self_service(db: Database, tenant: Tenant) -> None:
    """One row in every table of self-service."""
    me, meeting, request, message = tenant.people[PETER], new_id(), new_id(), new_id()
    old = {"old_tenant_id": new_id()}
    moved = {"old_name": "Old", "domain": "old.example", "people": 1, "moved": {}, "at": NOW}
    asked = {"category": "billing", "severity": "low", "title": "=cmd()", "opened_name": PETER.name}
    there = {"name": "Wally", "token_hash": CANARY.encode(), "state": "left", "joined_at": NOW, "seen_at": NOW}
    said = {"side": "tenant", "author_name": PETER.name, "body": "Two\nlines", "at": NOW}
    file = {"name": "x.txt", "media_type": "text/plain", "content": CANARY.encode()}
    rows = {
        "upgrades": {"id": new_id(), "user_id": me, "door": "admin", "started_at": NOW},
        "takeovers": {"id": new_id(), **old, **moved},
        "moved_people": {**old, "old_user_id": new_id(), "user_id": me},
        "meetings": {"id": meeting, "organizer_id": me, "title": "Weekly", "token": CANARY, "created_at": NOW},
        "meeting_people": {"id": new_id(), "meeting_id": meeting, **there},
        "meeting_settings": {"user_id": me, "lobby": True},
        "service_requests": {"id": request, **asked, "opened_at": NOW, "changed_at": NOW},
        "service_messages": {"id": message, "request_id": request, **said},
        "service_files": {"id": new_id(), "message_id": message, **file},
    }
    await put(db, tenant, rows)


def ids(rows: list[Mapping[str, Any]], *names: str) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row[name]) for name in names) for row in rows)


async def test_what_is_in_the_zip_equals_the_rows(db: Database, contoso: Tenant) -> None:
    await busy(db, contoso)
    archive = await exported(db, contoso)
    everybody = await rows_of(db, contoso.id, "users")
    gone = [row for row in everybody if row["deleted_at"]]
    assert ids(rows_in(archive, "people"), "id", "user_name") == ids(
        [row for row in everybody if row not in gone], "id", "user_name"
    )
    assert ids(rows_in(archive, "deleted_people"), "id") == ids(gone, "id")
    same = {"roles": ("role_assignments", "user_id", "role"), "licenses": ("licenses", "sku_id", "user_id")}
    same |= {"products": ("seat_pools", "sku_id", "consumed"), "subscriptions": ("subscriptions", "id", "seats")}
    same |= {"license_history": ("license_history", "id", "ended_by"), "domains": ("domains", "name", "is_default")}
    same |= {
        "audit_people": ("operation_people", "user_id", "operation_id"),
        "support_accesses": ("support_access", "id"),
    }
    same |= {"audit_left_out": ("operation_faults", "operation_id", "user_id", "code")}
    for part, (table, *names) in same.items():
        stored = await rows_of(db, contoso.id, table)
        assert ids(rows_in(archive, part), *names) == ids(stored, *names) != []
    assert [row["command"] for row in rows_in(archive, "audit_log")] == ["assign_licenses", "delete_people"]
    assert rows_in(archive, "organization")[0]["slug"] == contoso.slug


async def test_every_part_has_the_same_rows_for_people_as_for_programs(db: Database, contoso: Tenant) -> None:
    await busy(db, contoso)
    archive = await exported(db, contoso)
    for part in PARTS:
        assert len(cells_in(archive, part.name)) == len(rows_in(archive, part.name)) > 0, part.name


async def test_a_license_tells_its_apps_to_people_by_name_and_to_programs_by_id(db: Database, contoso: Tenant) -> None:
    await busy(db, contoso)
    archive = await exported(db, contoso)
    row = next(row for row in rows_in(archive, "licenses") if row["user_id"] == str(contoso.people[PETER]))
    cells = next(cells for cells in cells_in(archive, "licenses") if cells["Display name"] == PETER.name)
    assert row["apps_off"] == [str(CHAT.id)]
    assert set(row["apps_on"]) == {str(plan) for plan in BASIC.plan_ids - {CHAT.id}}
    assert (cells["Product"], cells["Apps on"], cells["Apps off"]) == (
        "Business Basic",
        "Mail (small); Sites (small)",
        "Chat",
    )
    assert row["assigned_at"] == "2026-03-02T09:30:00Z"


async def test_money_is_money_for_people_and_whole_units_for_programs(db: Database, contoso: Tenant) -> None:
    await busy(db, contoso)
    archive = await exported(db, contoso)
    (cells,), (row,) = cells_in(archive, "charges"), rows_in(archive, "charges")
    assert (cells["Price per seat"], cells["Tax"]) == ("DKK 70.00", "DKK 875.00")
    assert (row["unit_price"], row["tax"], row["currency"]) == (7000, 87500, "DKK")


async def test_the_sentences_and_headings_are_in_the_readers_language_and_the_names_are_not(
    db: Database, contoso: Tenant
) -> None:
    await busy(db, contoso)
    danish = await exported(db, contoso, language="da")
    english = await exported(db, contoso)
    assert "Brugernavn" in cells_in(danish, "people")[0]
    assert rows_in(danish, "people") == rows_in(english, "people")
    assert "Assigned Business Basic to 3 people" in {row["What"] for row in cells_in(english, "audit_log")}


async def test_a_cell_that_a_spreadsheet_would_compute_is_harmless(db: Database, contoso: Tenant) -> None:
    await busy(db, contoso)
    archive = await exported(db, contoso)
    assert {row["Browser"] for row in cells_in(archive, "sign_ins")} == {"'=cmd()"}
    assert {row["agent"] for row in rows_in(archive, "sign_ins")} == {"=cmd()"}


async def test_the_manifest_says_how_many_rows_and_what_each_file_sums_up_to(db: Database, contoso: Tenant) -> None:
    await busy(db, contoso)
    archive = await exported(db, contoso)
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == FORMAT
    assert manifest["tenant"] == {"id": str(contoso.id), "slug": contoso.slug, "name": contoso.slug.title()}
    assert datetime.fromisoformat(manifest["made_at"]) == NOW.astimezone(UTC)
    assert manifest["schema"].startswith("0")
    listed = {one["name"] for one in manifest["files"]}
    assert listed | {"manifest.json"} == set(archive.namelist())
    for one in manifest["files"]:
        content = archive.read(one["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
        if one["name"].startswith("json/"):
            assert len(json.loads(content)) == one["rows"]


async def test_the_readme_names_every_part(db: Database, contoso: Tenant) -> None:
    archive = await exported(db, contoso)
    read = archive.read("README.txt").decode("utf-8-sig")
    assert all(f"  {part.name} " in read for part in PARTS)
    assert read.startswith(f"Everything that Tenantry keeps of {contoso.slug.title()}\r\n")


async def test_sign_ins_are_those_of_the_tenants_own_members(db: Database, contoso: Tenant) -> None:
    await busy(db, contoso)
    archive = await exported(db, contoso)
    assert [row["user_id"] for row in rows_in(archive, "sign_ins")] == [str(contoso.people[PETER])]


async def test_nothing_of_another_tenant_and_no_secret_is_in_it(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await busy(db, contoso)
    await make_pool(db, northwind.id, BASIC, 9)
    everyone = Selection(ids=northwind.ids(NANCY, NED))
    wish = {"wish": Wish(assign={BASIC.sku_id: frozenset()}), "all_or_none": True, "now": NOW}
    await assign_licenses(db, northwind.viewer(NANCY), selection=everyone, **wish)
    async with db.transaction(northwind.id) as tx:
        await tx.execute(update(users).values(display_name=CANARY, department=CANARY))
        facts = {"at": NOW, "outcome": "done", "method": "password", "address": CANARY, "agent": CANARY}
        await tx.execute(insert(sign_ins).values(account_id=northwind.accounts[NED], **facts))
    archive = await exported(db, contoso)
    strange = [CANARY, northwind.slug, str(northwind.id), *(str(one) for one in northwind.people.values())]
    secret = [password_hash(), "argon2", "pm_secret", "pay.example", *(str(one) for one in contoso.accounts.values())]
    for name in archive.namelist():
        content = archive.read(name).decode()
        assert [word for word in strange + secret if word in content] == [], name


async def test_it_is_of_one_moment_whatever_happens_meanwhile(db: Database, contoso: Tenant) -> None:
    await busy(db, contoso)
    late = await make_users(db, contoso.id, 10)
    told: list[int] = []

    async def meddle(done: int) -> None:
        if not told:
            wish = {"wish": Wish(assign={BASIC.sku_id: frozenset()}), "all_or_none": True, "now": NOW}
            await assign_licenses(db, contoso.viewer(ADELE), selection=Selection(ids=late), **wish)
        told.append(done)

    archive = await exported(db, contoso, progress=meddle)
    (pool,) = rows_in(archive, "products")
    assert pool["consumed"] == len(rows_in(archive, "licenses")) == 2
    assert str(late[0]) in {row["id"] for row in rows_in(archive, "people")}
    assert told == sorted(told)
    (now,) = await rows_of(db, contoso.id, "seat_pools")
    assert now["consumed"] == 12


async def test_rows_beyond_one_batch_are_all_there_once(
    db: Database, contoso: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await busy(db, contoso)
    await make_users(db, contoso.id, 25)
    whole = await exported(db, contoso)
    monkeypatch.setattr(tables, "BATCH", 3)
    by_threes = await exported(db, contoso)
    for part in PARTS:
        if not part.name.startswith("audit"):  # the first export stands in the log of the second
            assert by_threes.read(f"json/{part.name}.json") == whole.read(f"json/{part.name}.json")


async def test_more_people_ask_the_database_no_more_within_a_batch(db: Database, contoso: Tenant) -> None:
    counts = []
    for _ in range(2):
        with query_count(db) as asked:
            await exported(db, contoso)
        counts.append(asked.count)
        await make_users(db, contoso.id, 100)
    assert counts[0] == counts[1] <= 2 * len(PARTS) + 16


async def test_it_stands_in_the_log_and_is_kept_for_a_week(db: Database, contoso: Tenant) -> None:
    await exported(db, contoso)
    (entry,) = await rows_of(db, contoso.id, operations.name)
    (kept,) = await rows_of(db, contoso.id, files.name)
    assert (entry["command"], entry["facts"]["kept_until"]) == ("export_tenant", "2026-03-09T09:30:00Z")
    assert kept["name"] == f"{contoso.slug}-2026-03-02.zip"


@pytest.mark.parametrize("who", [RASMUS, ULLA, PETER], ids=lambda who: who.user_name)
async def test_only_a_global_admin_may(db: Database, contoso: Tenant, who: Any) -> None:
    with pytest.raises(Refused, match="permission_missing"):
        await export_tenant(db, contoso.viewer(who), progress=silent, now=NOW)


async def test_a_file_is_written_whole_or_not_at_all(db: Database, contoso: Tenant, tmp_path: Path) -> None:
    async def breaks(done: int) -> None:
        raise ZeroDivisionError

    path = tmp_path / "contoso.zip"
    with pytest.raises(ZeroDivisionError):
        await export_tenant(db, contoso.viewer(ADELE), progress=breaks, path=path, now=NOW)
    assert os.listdir(tmp_path) == []
    await export_tenant(db, contoso.viewer(ADELE), progress=silent, path=path, now=NOW)
    assert (zipfile.ZipFile(path).testzip(), oct(path.stat().st_mode)[-3:]) == (None, "600")
    with pytest.raises(Refused, match="file_exists"):
        await export_tenant(db, contoso.viewer(ADELE), progress=silent, path=path, now=NOW)
    with pytest.raises(Refused, match="file_place"):
        await export_tenant(db, contoso.viewer(ADELE), progress=silent, path=tmp_path / "no" / "x.zip", now=NOW)
    assert await rows_of(db, contoso.id, files.name) == []


def test_no_two_parts_share_a_name_and_every_column_has_one() -> None:
    assert len({part.name for part in PARTS}) == len(PARTS)
    for part in PARTS:
        names = [column.name for column in part.columns if column.name]
        headings = [column.heading for column in part.columns if column.heading]
        assert (len(set(names)), len(set(headings))) == (len(names), len(headings)), part.name
