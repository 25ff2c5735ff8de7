"""requests.Session: COUNT GETs of URL on one connection, whose bodies have SIZE bytes. Prints what they
cost: seconds of CPU, and of the clock."""

import sys
import time

import requests


def main(url: str, size: str, count: str) -> None:
    with requests.Session() as session:
        session.get(url)
        cpu, clock = time.process_time(), time.perf_counter()
        for _ in range(int(count)):
            if len(session.get(url).content) != int(size):
                sys.exit("a response is not complete")
        print(time.process_time() - cpu, time.perf_counter() - clock)


main(*sys.argv[1:])
