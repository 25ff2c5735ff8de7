"""The chapter's event loop, on select(), with its TCP echo. Argument: the descriptor of a socket that
listens."""

import select
import socket
import sys


class EchoClient:
    def __init__(self, sock):
        self.sock = sock
        self.outgoing = bytearray()

    def fileno(self):
        return self.sock.fileno()

    def wants_to_receive(self):
        return True

    def wants_to_send(self):
        return bool(self.outgoing)

    def handle_receive(self):
        data = self.sock.recv(8192)
        if data:
            self.outgoing.extend(data)
        else:
            self.sock.close()
            handlers.remove(self)

    def handle_send(self):
        self.outgoing = self.outgoing[self.sock.send(self.outgoing):]


class Server:
    def __init__(self, sock):
        self.sock = sock

    def fileno(self):
        return self.sock.fileno()

    def wants_to_receive(self):
        return True

    def wants_to_send(self):
        return False

    def handle_receive(self):
        handlers.append(EchoClient(self.sock.accept()[0]))


handlers = [Server(socket.socket(fileno=int(sys.argv[1])))]
while True:
    receiving = [h for h in handlers if h.wants_to_receive()]
    sending = [h for h in handlers if h.wants_to_send()]
    can_receive, can_send, _ = select.select(receiving, sending, [])
    for handler in can_receive:
        handler.handle_receive()
    for handler in can_send:
        handler.handle_send()
