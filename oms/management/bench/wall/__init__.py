"""The blotter under a wall of orders, in Chromium: how soon it shows them, how smoothly it takes changes in.

Orders stand in the database; the page, the hub and the websocket are the real ones. Changes are written into the
desk's stream in the relay's place: two cores cannot trade 20,000 orders a second and draw them, and trading is another
figure.
"""
