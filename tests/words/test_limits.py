from uuid import UUID

from tenantry.domain.catalog import Limit
from tenantry.words.limits import limit_words
from tenantry.words.speech import speech


def test_a_limit_that_changes_says_from_which_day_on() -> None:
    steps = (Limit(UUID(int=1), "meeting.max_participants", 10), Limit(UUID(int=1), "meeting.max_participants", 3, 60))
    assert limit_words(speech("en"), steps) == "People in a meeting: 10; 3 from day 61 on"
    assert limit_words(speech("en"), steps[:1]) == "People in a meeting: 10"
