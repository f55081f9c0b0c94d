"""The steps of adding many people, kept between pages. Nothing of the tenant is changed, so nothing is told."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from tenantry.domain.people_drafts import PeopleDraft
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.encodings import decode
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.people_drafts import load_draft, save_draft


async def begin_draft(
    db: Database, viewer: Viewer, *, name: str, data: bytes, now: datetime, draft_id: UUID | None = None
) -> UUID:
    """Keeps a file that was sent; the draft's id. draft_id: the draft whose file it is in place of.

    What was chosen for the people of the other file stays chosen. Raises Refused: "permission_missing",
    "person_needed", "draft_missing", and what `decode` raises.
    """
    viewer.require(Permission.USER_ADD)
    if viewer.user_id is None:
        raise Refused("person_needed", Kind.DENIED)
    found = decode(data)
    file: dict[str, Any] = {"name": name, "data": data, "encoding": found.encoding, "guessed": found.guessed}
    async with db.transaction(viewer.tenant_id) as tx:
        if draft_id is None:
            draft_id, draft = new_id(), PeopleDraft(viewer.user_id, new_id(), **file)
        else:
            known = _known(await load_draft(tx, draft_id, viewer.user_id, now))
            draft = replace(known, **file, fixes={}, without_faulty=False)
        await save_draft(tx, viewer.tenant_id, draft_id, draft, now)
    return draft_id


async def change_draft(db: Database, viewer: Viewer, *, draft_id: UUID, now: datetime, **changes: Any) -> None:
    """changes: fields of `PeopleDraft`; `fixes` are added to those there are.

    Raises Refused: "permission_missing", "draft_missing", and "csv_encoding" for another encoding that does not fit.
    """
    viewer.require(Permission.USER_ADD)
    async with db.transaction(viewer.tenant_id) as tx:
        draft = _known(await load_draft(tx, draft_id, viewer.user_id, now))
        if "encoding" in changes:
            decode(draft.data, changes["encoding"])
            changes["guessed"] = False
        for line, cells in changes.pop("fixes", {}).items():
            changes["fixes"] = {**draft.fixes, line: {**draft.fixes.get(line, {}), **cells}}
        await save_draft(tx, viewer.tenant_id, draft_id, replace(draft, **changes), now)


def _known(draft: PeopleDraft | None) -> PeopleDraft:
    if draft is None:
        raise Refused("draft_missing", Kind.MISSING)
    return draft
