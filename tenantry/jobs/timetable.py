"""Everything that is done because time passed, on one page. Times are UTC; what was missed is not made up for."""

# What -> when, as cron writes it: minute, hour, day, month, weekday.
TIMETABLE = {
    "take_up_stalled_jobs": "* * * * *",
    "take_up_lost_letters": "*/10 * * * *",
    "take_up_lost_operations": "*/5 * * * *",
    "watch_conflicts": "5 * * * *",
    "mail_notices": "10 * * * *",
    "run_subscriptions": "*/5 * * * *",
    "sweep_sessions": "20 * * * *",
    "sweep_files": "40 * * * *",
    "chase_payments": "30 1 * * *",
    "purge_people": "20 2 * * *",
    "purge_data": "35 2 * * *",
    "purge_tenants": "50 2 * * *",
}
