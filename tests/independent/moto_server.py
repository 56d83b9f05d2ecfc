"""Moto, one request at a time.

Moto serves each connection in a thread of its own and keeps no two requests apart: between looking at a condition and
writing, another thread may do the same, and of two conditional writes both succeed. AWS promises that this never happens,
and a witness lives from it.
"""

import io
import os
import sys
import threading

from moto import server


class OneAtATime(server.DomainDispatcherApplication):
    """Moto's application behind a lock."""

    _turn = threading.Lock()

    def __call__(self, environ, start_response):
        # Read before it is its turn: whoever is slow to send keeps only himself waiting.
        length = environ.get("CONTENT_LENGTH")
        if length:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
        with self._turn:
            return super().__call__(environ, start_response)


# How soon Python lets another thread run, in seconds: the less, the sooner it shows what two of them do to each other.
if "BATON_MOTO_SWITCH_S" in os.environ:
    sys.setswitchinterval(float(os.environ["BATON_MOTO_SWITCH_S"]))
server.DomainDispatcherApplication = OneAtATime
server.main()
