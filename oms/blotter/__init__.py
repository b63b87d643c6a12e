"""The trader's blotter: pages, the live hub behind the websocket, and the relay that feeds it.

journal -> relay (one process) -> Valkey stream a desk -> hub (one task a web process) -> every open page

Everything here is delivery. The truth is read again from PostgreSQL whenever anybody is in doubt (snapshot.py).
"""
