"""requests.Session: as many GETs of URL as each line on stdin says, and a line when they are done."""

import sys

import requests


def main(url: str, size: str) -> None:
    with requests.Session() as session:
        for line in sys.stdin:
            for _ in range(int(line)):
                if len(session.get(url).content) != int(size):
                    sys.exit("a response is not complete")
            print("done", flush=True)


main(*sys.argv[1:])
