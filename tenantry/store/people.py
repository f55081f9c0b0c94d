"""People as sets: the SELECT behind every list and every bulk path."""

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, true

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


def _reads_word(word: str) -> ColumnElement[bool]:
    """The same as `_has_word`, asked of the row itself: for words so common that walking the list is quicker."""
    spoken = func.unnest(users.c.words).table_valued("word").render_derived()
    return exists(select(literal(1)).select_from(spoken).where(func.starts_with(spoken.c.word, word)))


_SIGN_IN = {
    "allowed": and_(users.c.account_id.is_not(None), users.c.blocked_at.is_(None)),
    "blocked": users.c.blocked_at.is_not(None),
    "none": and_(users.c.account_id.is_(None), users.c.blocked_at.is_(None)),
}


def matches_words(words: tuple[str, ...], *, common: bool) -> list[ColumnElement[bool]]:
    """Every one of `words` begins a word of the name or address. common: read them while walking the list."""
    return [(_reads_word if common else _has_word)(word) for word in words]


def matches(wanted: UserFilter, *, common_words: bool = False) -> ColumnElement[bool]:
    """The condition that `wanted` spells. `common_words`: walk the list rather than the word index."""
    parts: list[ColumnElement[bool]] = [ACTIVE, users.c.kind == wanted.kind]
    parts += matches_words(wanted.words, common=common_words)
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


def candidates(selection: Selection) -> Select[tuple[object, ...]]:
    """One row per selected person: id, kind, usage_location."""
    return select(users.c.tenant_id, users.c.id, users.c.kind, users.c.usage_location).where(selected(selection))


COMMON = 2000  # a word that begins more tokens than this is read from the rows while walking the list


def is_common(word: str) -> Select[tuple[bool]]:
    """Whether so many tokens begin with `word` that walking the list finds a page of matches quicker."""
    some = select(literal(1)).where(func.starts_with(search_tokens.c.token, word)).limit(COMMON + 1).subquery()
    return select(select(func.count()).select_from(some).scalar_subquery() > COMMON)
