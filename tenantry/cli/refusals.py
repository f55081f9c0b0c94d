"""Refusals at the command line: the sentence, then every fault or person it names, a line each."""

from collections.abc import Iterator, Mapping

from tenantry.cli.desk import Desk, console
from tenantry.kit.csvfile import Fault
from tenantry.kit.errors import Refused
from tenantry.words.speech import N_, Speech


def tell(refused: Refused, speech: Speech, desk: Desk | None) -> None:
    """The refusal on standard error; for a program also as an object on standard output."""
    lines = [speech.refused(refused), *(f"  {line}" for line in details(refused, speech))]
    out = console(error=True)
    for line in lines:
        out.print(line)
    if desk is not None:
        named = [line.strip() for line in lines[1:]]
        desk.answer(refused=refused.code, sentence=lines[0], field=refused.field, details=named)


def details(refused: Refused, speech: Speech) -> Iterator[str]:
    """What the refusal names: faults with their places, people with their reasons."""
    files: Mapping[str, tuple[Fault, ...]] = refused.params.get("files") or {"": refused.params.get("faults", ())}
    for file, faults in files.items():
        for fault in faults:
            yield f"{_place(file, fault, speech)}: {speech.refusal(fault.code, fault.params)}"
    if refused.params.get("more"):
        yield speech.say(N_("… and more: %(count)s"), count=speech.number(refused.params["more"]))
    for person in refused.params.get("people", ()):
        yield f"{person['name']}: {speech.refusal(person['code'], person['params'])}"


def _place(file: str, fault: Fault, speech: Speech) -> str:
    line = speech.say(N_("line %(line)s"), line=fault.line)
    return ", ".join(part for part in (file, line, fault.column) if part)
