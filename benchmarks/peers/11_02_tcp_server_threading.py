"""The original's threaded echo server. Argument: the descriptor of a socket that listens."""

import socket
import sys
from socketserver import BaseRequestHandler, ThreadingTCPServer


class EchoHandler(BaseRequestHandler):
    def handle(self):
        while message := self.request.recv(8192):
            self.request.sendall(message)


server = ThreadingTCPServer(("127.0.0.1", 0), EchoHandler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
