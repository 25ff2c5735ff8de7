"""The original's UDP server. Arguments: the descriptor of a bound socket, and the server's kind:
UDPServer, ThreadingUDPServer or asyncio."""

import asyncio
import socket
import socketserver
import sys
import time

sock = socket.socket(fileno=int(sys.argv[1]))


def reply_to(request):
    return request + b" " + time.ctime().encode("ascii")


class TimeHandler(socketserver.BaseRequestHandler):
    def handle(self):
        message, server = self.request
        server.sendto(reply_to(message), self.client_address)


class TimeProtocol(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(reply_to(data), address)


async def serve():
    await asyncio.get_running_loop().create_datagram_endpoint(TimeProtocol, sock=sock)
    await asyncio.get_running_loop().create_future()


if sys.argv[2] == "asyncio":
    asyncio.run(serve())
else:
    kind = getattr(socketserver, sys.argv[2])
    server = kind(("127.0.0.1", 0), TimeHandler, bind_and_activate=False)
    server.socket = sock
    server.serve_forever()
