"""One port: websockets go to Channels, HTTP to the WSGI application in a standing thread pool.

Django's own ASGI handler opens a database connection for each request; the standing threads keep theirs
(docs/adr/0006-wsgi-behind-asgi.md).
"""

import os

from channels.routing import ProtocolTypeRouter
from django.core.wsgi import get_wsgi_application

from oms.handed import Threads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
_http = Threads(get_wsgi_application(), workers=8)  # type: ignore[arg-type]

from oms.blotter.routing import websocket  # noqa: E402 - models may be imported only after Django is set up

application = ProtocolTypeRouter({"http": _http, "websocket": websocket})
