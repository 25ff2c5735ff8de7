"""The chapter's event loop on select() and its servers."""

import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor


class EventHandler:
    def __init__(self, sock):
        self.sock = sock

    def fileno(self):
        return self.sock.fileno()

    def wants_to_receive(self):
        return True

    def wants_to_send(self):
        return False


class UDPTimeServer(EventHandler):
    def handle_receive(self):
        _, address = self.sock.recvfrom(1)
        self.sock.sendto(time.ctime().encode("ascii"), address)


class UDPEchoServer(EventHandler):
    def handle_receive(self):
        message, address = self.sock.recvfrom(8192)
        self.sock.sendto(message, address)


class ThreadPoolHandler(EventHandler):
    def __init__(self, workers):
        self.signal_done, done = socket.socketpair()
        super().__init__(done)
        self.pending = []
        self.pool = ThreadPoolExecutor(workers)

    def _complete(self, callback, future):
        self.pending.append((callback, future.result()))
        self.signal_done.send(b"x")

    def run(self, function, arguments, callback):
        future = self.pool.submit(function, *arguments)
        future.add_done_callback(lambda done: self._complete(callback, done))

    def handle_receive(self):
        for callback, result in self.pending:
            callback(result)
        self.sock.recv(1)
        self.pending = []

    def close(self):
        self.pool.shutdown()
        self.sock.close()
        self.signal_done.close()


def fib(n):
    return 1 if n < 2 else fib(n - 1) + fib(n - 2)


class UDPFibServer(EventHandler):
    def __init__(self, sock, pool):
        super().__init__(sock)
        self.pool = pool

    def handle_receive(self):
        message, address = self.sock.recvfrom(128)
        self.pool.run(fib, (int(message),),
                      lambda result: self.sock.sendto(str(result).encode("ascii"), address))


class TCPServer(EventHandler):
    def __init__(self, sock, handlers):
        super().__init__(sock)
        self.handlers = handlers

    def handle_receive(self):
        connection, _ = self.sock.accept()
        self.handlers.append(TCPEchoClient(connection, self.handlers))


class TCPEchoClient(EventHandler):
    def __init__(self, sock, handlers):
        super().__init__(sock)
        self.handlers = handlers
        self.outgoing = bytearray()

    def wants_to_send(self):
        return bool(self.outgoing)

    def handle_send(self):
        sent = self.sock.send(self.outgoing)
        self.outgoing = self.outgoing[sent:]

    def handle_receive(self):
        data = self.sock.recv(8192)
        if data:
            self.outgoing.extend(data)
        else:
            self.sock.close()
            self.handlers.remove(self)


def event_loop(handlers, until=None):
    """The chapter's; it ends, if it shall, when the socket `until` is readable."""
    end = [] if until is None else [until]
    while True:
        receiving = [h for h in handlers if h.wants_to_receive()]
        sending = [h for h in handlers if h.wants_to_send()]
        can_receive, can_send, _ = select.select(end + receiving, sending, [])
        if until in can_receive:
            return
        for handler in can_receive:
            handler.handle_receive()
        for handler in can_send:
            handler.handle_send()
