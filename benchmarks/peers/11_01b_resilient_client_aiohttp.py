"""aiohttp: COUNT GETs of URL, 500 at once over 50 connections, whose bodies have SIZE bytes. Prints what
they cost: seconds of CPU, and of the clock."""

import asyncio
import sys
import time

import aiohttp


async def get_all(session: aiohttp.ClientSession, url: str, size: int, count: int) -> None:
    turns = asyncio.Semaphore(500)

    async def get() -> None:
        async with turns, session.get(url) as response:
            if len(await response.read()) != size:
                sys.exit("a response is not complete")

    await asyncio.gather(*(get() for _ in range(count)))


async def main(url: str, size: str, count: str) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as session:
        await get_all(session, url, int(size), 500)
        cpu, clock = time.process_time(), time.perf_counter()
        await get_all(session, url, int(size), int(count))
        print(time.process_time() - cpu, time.perf_counter() - clock)


asyncio.run(main(*sys.argv[1:]))
