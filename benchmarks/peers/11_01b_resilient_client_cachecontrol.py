"""CacheControl over requests: COUNT GETs of URL, all but the first from its cache, whose bodies have SIZE
bytes. Prints what they cost: seconds of CPU, and of the clock."""

import sys
import time

import requests
from cachecontrol import CacheControl


def main(url: str, size: str, count: str) -> None:
    with CacheControl(requests.Session()) as session:
        session.get(url)
        cpu, clock = time.process_time(), time.perf_counter()
        for _ in range(int(count)):
            response = session.get(url)
            if len(response.content) != int(size) or not response.from_cache:
                sys.exit("a response is not complete, or not from the cache")
        print(time.process_time() - cpu, time.perf_counter() - clock)


main(*sys.argv[1:])
