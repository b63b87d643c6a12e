"""The adversarial stream: orders and venue reports with everything that goes wrong between them, ours and peers' books.

``stream`` makes it from a seed, ``model`` says what it must come to, ``ours`` drives it through the desk and the
database, ``peers`` through order models of others. None of ``message``, ``life``, ``lives``, ``stream`` and ``model``
knows our own order code: they are what it is held against.
"""
