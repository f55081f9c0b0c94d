"""The timetable put on the queue: `domain/timetable.py` has what is on it."""

from collections.abc import Mapping

from procrastinate import App

from tenantry.domain.timetable import DAY, HOUR, Rhythm


def put_on(queue: App, timetable: Mapping[str, Rhythm]) -> None:
    """Has the queue do each task of `timetable` in its rhythm."""
    for name, rhythm in timetable.items():
        queue.periodic(cron=cron(rhythm))(queue.tasks[name])


def cron(rhythm: Rhythm) -> str:
    """As cron writes it: minute, hour, day, month, weekday."""
    hour, minute = divmod(int(rhythm.offset.total_seconds()) // 60, 60)
    if rhythm.period == DAY:
        return f"{minute} {hour} * * *"
    return f"{minute} * * * *" if rhythm.period == HOUR else f"*/{int(rhythm.period.total_seconds()) // 60} * * * *"
