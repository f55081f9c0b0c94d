"""localstripe as a process of its own: nothing on the disk, webhooks at once. `backstage.py PORT`."""

import asyncio
import sys
from types import SimpleNamespace

from aiohttp import web
from localstripe import resources, webhooks
from localstripe.server import app

if __name__ == "__main__":
    resources.Store.dump_to_disk = lambda self: None
    webhooks.asyncio = SimpleNamespace(sleep=lambda _: asyncio.sleep(0), ensure_future=asyncio.ensure_future)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
