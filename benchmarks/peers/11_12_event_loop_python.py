"""The chapter's event loop, on select(), with its TCP echo. Argument: the descriptor of a socket that
listens."""

import importlib
import os
import socket
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../../tests/interop"))
original = importlib.import_module("11_12_event_loop_original")

handlers = []
handlers.append(original.TCPServer(socket.socket(fileno=int(sys.argv[1])), handlers))
original.event_loop(handlers)
