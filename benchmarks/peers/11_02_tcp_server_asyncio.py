"""Python's asyncio streams as an echo server. Argument: the descriptor of a socket that listens."""

import asyncio
import socket
import sys


async def echo(reader, writer):
    while message := await reader.read(8192):
        writer.write(message)
        await writer.drain()
    writer.close()


async def main():
    listener = socket.socket(fileno=int(sys.argv[1]))
    server = await asyncio.start_server(echo, sock=listener)
    await server.serve_forever()


asyncio.run(main())
