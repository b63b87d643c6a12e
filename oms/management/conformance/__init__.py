"""Case files run through the real code: cases in, one verdict each out.

A kind of case is a function (case, conventions) -> (expected, actual). It translates words and calls the code that
orders go through; it holds no rule of its own. What nobody has built yet raises ``NotSupported``.
"""
