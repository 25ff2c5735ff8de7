"""The original's RPCHandler and RPCProxy on CPython, for benchmarks/11_08_rpc_bench.cpp, which runs this.

serve PORT       serves add() until it is killed
call PORT COUNT  calls it COUNT times; prints the seconds that one call took
"""

import importlib
import os
import sys
import threading
import time
from multiprocessing.connection import Client, Listener

sys.path.append(os.path.join(os.path.dirname(__file__), "../../tests/interop"))
original = importlib.import_module("11_08_rpc_original")


def add(x, y):
    return x + y


def serve(port):
    handler = original.RPCHandler()
    handler.register_function(add)
    listener = Listener(('127.0.0.1', port), authkey=b'peekaboo')
    while True:
        try:
            connection = listener.accept()
        except (EOFError, OSError):  # of the benchmark's look whether we listen
            continue
        threading.Thread(target=handler.handle_connection, args=(connection,), daemon=True).start()


def call(port, count):
    with Client(('127.0.0.1', port), authkey=b'peekaboo') as connection:
        proxy = original.RPCProxy(connection)
        begin = time.perf_counter()
        for _ in range(count):
            proxy.add(2, 3)
        print((time.perf_counter() - begin) / count)


{'serve': serve, 'call': call}[sys.argv[1]](*map(int, sys.argv[2:]))
