"""python3-websockets as an echo server, on a socket that it inherits: python.py SOCKET."""

import asyncio
import socket
import sys

import websockets


async def echo(peer, _=None):
    async for message in peer:
        await peer.send(message)


async def main():
    listener = socket.socket(fileno=int(sys.argv[1]))
    # The benchmark answers no pings.
    async with websockets.serve(echo, sock=listener, compression=None, ping_interval=None):
        await asyncio.Future()


asyncio.run(main())
