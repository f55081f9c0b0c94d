"""People into their tables, as sets: rows, search words, accounts, roles and the handles that lead to them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.people import LENGTHS, Person
from tenantry.domain.roles import Role
from tenantry.kit.collation import sort_key_da_nb, sort_key_en_nl
from tenantry.kit.ids import new_id
from tenantry.kit.words_index import search_tokens as tokens_of
from tenantry.store.handles import handle_hash
from tenantry.store.own_accounts import HOME
from tenantry.store.people import ACTIVE
from tenantry.store.tables import accounts, domains, handles, role_assignments, search_tokens, users

_OPTIONAL = [field for field in LENGTHS if field not in ("user_name", "display_name")]


async def verified_domains(tx: AsyncConnection) -> frozenset[str]:
    """The tenant's own domains, case-folded."""
    names = await tx.execute(select(domains.c.name).where(domains.c.verified_at.is_not(None)))
    return frozenset(name.casefold() for name in names.scalars())


async def taken_names(tx: AsyncConnection, keys: Collection[str]) -> frozenset[str]:
    """Those of `keys` that somebody of the tenant is called by already."""
    found = select(users.c.user_key).where(ACTIVE, users.c.user_key == func.any(list(keys)))
    return frozenset((await tx.execute(found)).scalars())


async def addresses_in_use(tx: AsyncConnection, keys: Collection[str]) -> frozenset[str]:
    """Those of `keys` that are the address of an open account, in whatever tenant."""
    open_ = select(accounts.c.email_key).where(accounts.c.closed_at.is_(None))
    return frozenset((await tx.execute(open_.where(accounts.c.email_key == func.any(list(keys))))).scalars())


async def insert_people(
    tx: AsyncConnection, tenant_id: UUID, people: Sequence[Person], kind: str, now: datetime
) -> list[UUID]:
    """Rows and search words of `people`, without accounts. Returns their ids, in order."""
    made = {"tenant_id": tenant_id, "kind": kind, "created_at": now}
    rows = [{**made, "id": new_id(), **_row(person)} for person in people]
    ids = [row["id"] for row in rows]
    await tx.execute(insert(users), rows)
    await _index_words(tx, ids)
    return ids


async def rewrite_person(tx: AsyncConnection, user_id: UUID, person: Person) -> None:
    """All particulars of `person` onto the row of somebody, with the words that find them and where they are sorted."""
    known = select(func.unnest(users.c.words)).where(users.c.id == user_id)
    found = delete(search_tokens).where(search_tokens.c.token.in_(known), search_tokens.c.user_id == user_id)
    await tx.execute(found)
    await tx.execute(update(users).where(users.c.id == user_id).values(_row(person)))
    await _index_words(tx, [user_id])


async def _index_words(tx: AsyncConnection, ids: list[UUID]) -> None:
    words = select(users.c.tenant_id, func.unnest(users.c.words), users.c.id).where(users.c.id == func.any(ids))
    await tx.execute(insert(search_tokens).from_select(["tenant_id", "token", "user_id"], words))


def _row(person: Person) -> dict[str, Any]:
    name = person.display_name.strip()
    return {
        "user_name": person.user_name.strip(),
        "display_name": name,
        **{field: getattr(person, field).strip() or None for field in _OPTIONAL},
        "usage_location": person.usage_location or None,
        "words": sorted(tokens_of(name, person.first_name, person.last_name, person.user_name)),
        "sort_en_nl": sort_key_en_nl(name),
        "sort_da_nb": sort_key_da_nb(name),
    }


async def open_account(tx: AsyncConnection, *, email: str, password_hash: str, now: datetime) -> UUID | None:
    """A new sign-in; None if the address has one already."""
    row = {"id": new_id(), "email": email, "password_hash": password_hash, "created_at": now}
    added = (
        insert_new(accounts)
        .values(row)
        .on_conflict_do_nothing(index_elements=["email_key"], index_where=accounts.c.closed_at.is_(None))
    )
    opened: UUID | None = (await tx.execute(added.returning(accounts.c.id))).scalar_one_or_none()
    return opened


async def account_of(tx: AsyncConnection, email_key: str) -> UUID | None:
    """The account of a case-folded address."""
    found: UUID | None = (
        await tx.execute(select(accounts.c.id).where(accounts.c.email_key == email_key, accounts.c.closed_at.is_(None)))
    ).scalar_one_or_none()
    return found


async def move_account(tx: AsyncConnection, user_id: UUID, email: str) -> None:
    """A home account (a member's, at the address of their user name) gets the address `email`; no other is touched.

    To be called while the row still has the old user name.
    """
    mine = update(accounts).where(HOME, users.c.id == user_id, accounts.c.closed_at.is_(None))
    await tx.execute(mine.values(email=email))


async def join_account(tx: AsyncConnection, tenant_id: UUID, user_id: UUID, account_id: UUID) -> None:
    """Lets an account into the tenant as the user."""
    await tx.execute(users.update().where(users.c.id == user_id).values(account_id=account_id))
    row = {"kind": "member", "hash": handle_hash(account_id), "tenant_id": tenant_id, "row_id": user_id}
    await tx.execute(insert(handles).values(row))


async def give_roles(tx: AsyncConnection, tenant_id: UUID, user_id: UUID, roles: Collection[Role]) -> None:
    """Makes the user an admin of each of `roles`."""
    rows = [{"tenant_id": tenant_id, "user_id": user_id, "role": role.value} for role in sorted(roles)]
    if rows:
        await tx.execute(insert(role_assignments), rows)
