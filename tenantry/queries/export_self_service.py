"""What an export holds of self-service: who became the admin, who came from where, meetings, service requests."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, select

from tenantry.queries.export_columns import PERSON, SOLD, WHO, but, coded, hidden, plainly, whose
from tenantry.queries.export_tenant import Column, Part
from tenantry.store.tables import (
    meeting_people,
    meeting_settings,
    meetings,
    moved_people,
    service_files,
    service_messages,
    service_requests,
    takeovers,
    upgrades,
    users,
)
from tenantry.words.requests import CATEGORIES, SEVERITIES, SIDES, STATES
from tenantry.words.speech import N_


def _with_person(table: Table, same: ColumnElement[bool], *left_out: str) -> Select[Any]:
    """The rows of a table, and who each is about, also where they are gone."""
    return select(*but(table, *left_out), *WHO).outerjoin(users, same)


_ORGANIZER = and_(users.c.tenant_id == meetings.c.tenant_id, users.c.id == meetings.c.organizer_id)

SELF_SERVICE = (
    Part(
        "upgrades",
        N_("Ways to become the admin: how far each came"),
        _with_person(upgrades, whose(upgrades)),
        (upgrades.c.id,),
        (
            Column("id"),
            *PERSON,
            Column("door"),
            *SOLD,
            *plainly(domain=N_("Domain"), seats=N_("Seats"), term_months=N_("Term in months"), frequency=N_("Billed")),
            *plainly(started_at=N_("Begun"), proven_at=N_("Verified"), finished_at=N_("Became the admin")),
            *hidden("order_id", "method_ids", "token", "left_at", "dismissed_at"),
        ),
    ),
    Part(
        "takeovers",
        N_("Organizations that were taken over"),
        select(*but(takeovers)),
        (takeovers.c.id,),
        (
            Column("id"),
            *plainly(old_name=N_("Name"), domain=N_("Domain"), people=N_("People"), forced=N_("By force")),
            *plainly(at=N_("Time (UTC)"), undone_at=N_("Undone")),
            *hidden("old_tenant_id", "moved"),
        ),
    ),
    Part(
        "moved_people",
        N_("People who came with a takeover: who they were there"),
        _with_person(moved_people, whose(moved_people)),
        (moved_people.c.old_tenant_id, moved_people.c.old_user_id),
        (*PERSON, *hidden("old_tenant_id", "old_user_id")),
    ),
    Part(
        "meetings",
        N_("Meetings"),
        _with_person(meetings, _ORGANIZER, "token"),
        (meetings.c.id,),
        (
            Column("id"),
            Column("title", N_("Title")),
            Column("organizer_id"),
            *PERSON[1:],
            *plainly(starts_at=N_("Begins"), created_at=N_("Added"), ended_at=N_("Ended"), lobby=N_("Lobby")),
            *hidden("mute_on_entry", "present", "reminded_at"),
        ),
    ),
    Part(
        "meeting_people",
        N_("Meetings: who was there, and when"),
        select(*but(meeting_people, "token_hash")),
        (meeting_people.c.id,),
        (
            *plainly(meeting_id=N_("Meeting"), name=N_("Who"), joined_at=N_("From"), left_at=N_("Until")),
            *hidden("id", "user_id", "state", "muted", "seen_at"),
        ),
    ),
    Part(
        "meeting_settings",
        N_("Meetings: what each person chose for theirs"),
        _with_person(meeting_settings, whose(meeting_settings)),
        (meeting_settings.c.user_id,),
        (
            *PERSON,
            *plainly(lobby=N_("Lobby"), mute_on_entry=N_("Muted on entry"), reminder_minutes=N_("Reminder in minutes")),
        ),
    ),
    Part(
        "service_requests",
        N_("Service requests"),
        select(*but(service_requests)),
        (service_requests.c.id,),
        (
            *plainly(number=N_("Number"), title=N_("Title")),
            coded("category", N_("Category"), CATEGORIES),
            coded("severity", N_("Severity"), SEVERITIES),
            coded("state", N_("State"), STATES),
            *plainly(opened_name=N_("Who"), opened_at=N_("Opened"), changed_at=N_("Changed"), closed_at=N_("Closed")),
            *hidden("id", "opened_by", "about_user_id", "unanswered"),
        ),
    ),
    Part(
        "service_messages",
        N_("Service requests: what was written"),
        select(*but(service_messages), service_requests.c.number).join(
            service_requests,
            and_(
                service_requests.c.tenant_id == service_messages.c.tenant_id,
                service_requests.c.id == service_messages.c.request_id,
            ),
        ),
        (service_messages.c.id,),
        (
            *plainly(number=N_("Number"), at=N_("Time (UTC)"), author_name=N_("Who")),
            coded("side", N_("Side"), SIDES),
            Column("body", N_("Text")),
            *hidden("id", "request_id", "author_id"),
        ),
    ),
    Part(
        "service_files",
        N_("Service requests: files that were attached"),
        select(*but(service_files, "content")),
        (service_files.c.id,),
        (*plainly(name=N_("Name"), media_type=N_("Kind")), *hidden("id", "message_id")),
    ),
)

# Columns of these that no export holds, and why.
KEPT_BACK = {
    "meetings.token": "leads into the meeting, for whoever has it",
    "meeting_people.token_hash": "keeps the browser of somebody without an account in their meeting",
    "service_files.content": "as large as a film; each is downloaded on the page of its request",
}
