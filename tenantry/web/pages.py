"""Pages: templates in the reader's language, with what the frame around every page needs."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.response import Redirect

from tenantry.words.speech import Speech, speech

HERE = Path(__file__).parent
DIST = HERE / "static" / "dist"
TOAST = "tenantry_toast"


@cache
def assets() -> Mapping[str, str]:
    """The built files and their hashes; empty where the front end was not built."""
    manifest = DIST / "manifest.json"
    return json.loads(manifest.read_text()) if manifest.exists() else {}


def asset(name: str) -> str:
    """The address of a built file, new with each build so that browsers may keep it forever."""
    return f"/static/dist/{name}?v={assets().get(name, '0')}"


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        auto_reload=False,
        bytecode_cache=FileSystemBytecodeCache(),
    )
    voice = speech(language)
    templates.install_gettext_translations(voice.catalog, newstyle=True)  # type: ignore[attr-defined]
    templates.globals.update(asset=asset, icon_url=asset("icons.svg"), speech=voice)
    templates.globals["ngettext"] = _counting(templates.globals["ngettext"], voice)
    templates.filters.update(number=voice.number, money=voice.money, date=voice.date, country=voice.country)
    return templates


def _counting(ngettext: Any, voice: Speech) -> Any:
    """`ngettext` of the templates with its number shown as `Speech.count` shows it: 1,233 and not 1233."""

    @pass_context
    def count(context: Context, singular: str, plural: str, number: int, /, **params: Any) -> Any:
        return ngettext(context, singular, plural, number, **{"num": voice.number(number), **params})

    return count


def render(template: str, language: str, context: Mapping[str, Any]) -> str:
    return environment(language).get_template(template).render(context)


def html(body: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
    """A page that no cache keeps: it was made for one reader."""
    kept = {"Cache-Control": "no-store", "Vary": "HX-Request, HX-Target, Cookie", **(headers or {})}
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=kept)


def go(path: str, *, toast: dict[str, str] | None = None, **query: str) -> Redirect:
    """On to `path` after a form was done, with a word of what was done."""
    address = f"{path}?{urlencode(query)}" if query else path
    said = quote(json.dumps(toast))
    cookies = [Cookie(TOAST, value=said, max_age=60, httponly=True, samesite="lax")] if toast else []
    return Redirect(address, status_code=303, cookies=cookies)


def initials(name: str) -> str:
    """Up to two letters for an avatar: of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"
