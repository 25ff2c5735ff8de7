"""The chapter's AsyncTCPServer, with lines for messages, and a broadcast that does not wait for the
slowest. Argument: the descriptor of a socket that listens."""

import asyncio
import json
import socket
import sys

clients = {}
count = 0


def broadcast(sender, text):
    global count
    count += 1
    event = {"event": "say", "seq": count, "from": sender, "text": text}
    data = json.dumps(event).encode() + b"\n"
    for writer in list(clients.values()):
        writer.write(data)


async def handle(reader, writer):
    host, port = writer.get_extra_info("peername")[:2]
    name = f"{host}:{port}"
    clients[name] = writer
    try:
        while line := await reader.readline():
            command, _, text = line.decode().strip().partition(" ")
            if command == "SAY":
                broadcast(name, text)
                response = {"command": "SAY", "seq": count, "recipients": len(clients)}
            else:
                response = {"command": command, "result": text}
            writer.write(json.dumps(response).encode() + b"\n")
            await writer.drain()
    finally:
        del clients[name]
        writer.close()


async def main():
    server = await asyncio.start_server(handle, sock=socket.socket(fileno=int(sys.argv[1])))
    await server.serve_forever()


asyncio.run(main())
