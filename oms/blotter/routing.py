"""Which consumer answers at which websocket address."""

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.urls import path

from oms.blotter.consumer import BlotterConsumer

websocket = CookieMiddleware(URLRouter([path("ws/blotter/", BlotterConsumer.as_asgi())]))
