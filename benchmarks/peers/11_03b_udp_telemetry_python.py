"""The original's server, and the same on asyncio. Arguments: the descriptor of a bound socket, and
the server's kind: original or asyncio."""

import asyncio
import importlib
import os
import socket
import sys
from datetime import datetime

sys.path.append(os.path.join(os.path.dirname(__file__), "../../tests/interop"))
original = importlib.import_module("11_03b_udp_telemetry_original")

server = original.UDPServer(socket.socket(fileno=int(sys.argv[1])))


class TelemetryProtocol(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        client = server.clients.setdefault(address, {"first_seen": datetime.now(), "packet_count": 0})
        client["packet_count"] += 1
        client["last_seen"] = datetime.now()
        self.transport.sendto(server.response(data), address)


async def serve():
    await asyncio.get_running_loop().create_datagram_endpoint(TelemetryProtocol,
                                                              sock=server.server_socket)
    await asyncio.get_running_loop().create_future()


if sys.argv[2] == "asyncio":
    server.server_socket.setblocking(False)
    asyncio.run(serve())
else:
    server.receive_messages()
