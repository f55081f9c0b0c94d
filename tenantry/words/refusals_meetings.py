"""Refusals about meetings, as sentences."""

from tenantry.words.phrases import N_, NN_, Phrase

MEETINGS: dict[str, Phrase] = {
    "meeting_missing": N_("There is no such meeting. The link may be cut off, or its organizer is gone."),
    "meeting_ended": N_("This meeting has ended."),
    "meeting_closed": N_("The organizer cannot hold meetings right now. Ask them for another way to meet."),
    "meeting_full": NN_(
        "This meeting is full: at most %(most)s person can be in it. Try again when somebody has left.",
        "This meeting is full: at most %(most)s people can be in it. Try again when somebody has left.",
        "most",
    ),
    "meeting_crowded": N_("Too many people try to join this meeting at once. Wait a little and try again."),
    "meeting_not_yours": N_("Only the organizer of a meeting may do that."),
    "meeting_not_licensed": N_("You need a license with meetings to hold one. You can still join those of others."),
    "meeting_time_past": N_("This time is over. Choose one that is to come, or leave it empty."),
    "meeting_time_far": N_("Choose a time within the next %(days)s days."),
    "meeting_time_form": N_("This is not a date and a time."),
    "reminder_unknown": N_("Choose one of the times before a meeting."),
}
