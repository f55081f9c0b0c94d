"""People as sets: the SELECT behind every list and every bulk path."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.selections import Selection, UserFilter
from tenantry.store.tables import licenses, search_tokens, users

ACTIVE = users.c.deleted_at.is_(None)


def holds(sku_id: object | None = None) -> ColumnElement[bool]:
    """The user holds a license (of `sku_id`)."""
    same = and_(licenses.c.tenant_id == users.c.tenant_id, licenses.c.user_id == users.c.id)
    return exists().where(and_(same, licenses.c.sku_id == sku_id) if sku_id else same)


def _has_word(word: str) -> ColumnElement[bool]:
    """Some word of the name or address begins with `word`: the ids come first, by the index of words."""
    found = select(search_tokens.c.user_id).where(func.starts_with(search_tokens.c.token, word))
    return users.c.id == func.any(func.array(found.scalar_subquery()))


def reads_word(word: str, words: ColumnElement[Any] = users.c.words) -> ColumnElement[bool]:
    """The same as `_has_word`, asked of the row itself: for words so common that walking the list is quicker.

    No token holds a space, so a word begins where a space stands before it.
    """
    return func.strpos(literal(" ") + func.array_to_string(words, " "), f" {word}") > 0


_SIGN_IN = {
    "allowed": and_(users.c.account_id.is_not(None), users.c.blocked_at.is_(None)),
    "blocked": users.c.blocked_at.is_not(None),
    "none": and_(users.c.account_id.is_(None), users.c.blocked_at.is_(None)),
}


def matches_words(words: tuple[str, ...], *, common: frozenset[str]) -> list[ColumnElement[bool]]:
    """Every one of `words` begins a word of the name or address. common: those to read from the rows."""
    return [reads_word(word) if word in common else _has_word(word) for word in words]


def matches(wanted: UserFilter, *, common: frozenset[str] = frozenset()) -> ColumnElement[bool]:
    """The condition that `wanted` spells. common: words to read from the rows rather than from the word index."""
    parts: list[ColumnElement[bool]] = [ACTIVE, users.c.kind == wanted.kind]
    parts += matches_words(wanted.words, common=common)
    if wanted.department is not None:
        parts.append(users.c.department == wanted.department)
    if wanted.location is not None:
        parts.append(users.c.usage_location == wanted.location if wanted.location else users.c.usage_location.is_(None))
    if wanted.sku_id is not None:
        parts.append(holds(wanted.sku_id))
    if wanted.unlicensed:
        parts.append(~holds())
    if wanted.sign_in is not None:
        parts.append(_SIGN_IN.get(wanted.sign_in, true()))
    return and_(*parts)


def selected(selection: Selection) -> ColumnElement[bool]:
    """The condition for the people of `selection`; the deleted are never among them."""
    if selection.filter is not None:
        return matches(selection.filter)
    return and_(ACTIVE, users.c.id == func.any(list(selection.ids or ())))


async def ids_of_few(tx: AsyncConnection, who: ColumnElement[bool], most: int) -> list[UUID]:
    """The ids of the people for whom `who` holds; none if they are more than `most`."""
    ids = list((await tx.execute(select(users.c.id).where(who).limit(most + 1))).scalars())
    return ids if len(ids) <= most else []


def candidates(selection: Selection) -> Select[tuple[object, ...]]:
    """One row per selected person: id, kind, usage_location."""
    return select(users.c.tenant_id, users.c.id, users.c.kind, users.c.usage_location).where(selected(selection))


COMMON = 10_000  # a word that begins more tokens than this is read from the rows while walking the list


async def common_words(tx: AsyncConnection, words: tuple[str, ...]) -> frozenset[str]:
    """The words that begin so many tokens that reading rows finds them quicker than the index does.

    One rare word is enough to narrow the list; then the index serves that one and the rest is read from its rows.
    """
    if not words:
        return frozenset()
    counts = [select(func.count()).select_from(_some_tokens(word)).scalar_subquery() for word in words]
    found = (await tx.execute(select(*counts))).one()
    return frozenset(word for word, count in zip(words, found, strict=True) if count > COMMON)


def _some_tokens(word: str) -> Subquery:
    begins = func.starts_with(search_tokens.c.token, word)
    return select(literal(1)).where(begins).limit(COMMON + 1).subquery()
