"""Second steps: which code of an authenticator app is taken, and what is said of one that is not."""

from tenantry.kit.errors import Kind, Refused

TOLERANCE = 1  # steps of thirty seconds that two clocks may differ
REACH = 20  # steps within which a code tells that a clock is wrong: ten minutes
CODES = 10  # recovery codes at a time
MOST_FACTORS = 10


def judge_code(offset: int | None, *, step: int, last_step: int | None) -> int:
    """The step that a code stands for, once.

    offset: steps between our clock and the code's, None for a code of no step within `REACH`; step: ours.
    Raises Refused: "code_wrong", "code_clock" (minutes), "code_used".
    """
    if offset is None:
        raise Refused("code_wrong", Kind.INVALID, field="code")
    if abs(offset) > TOLERANCE:
        raise Refused("code_clock", Kind.INVALID, field="code", minutes=max(1, round(abs(offset) / 2)))
    if last_step is not None and step + offset <= last_step:
        raise Refused("code_used", Kind.INVALID, field="code")
    return step + offset
