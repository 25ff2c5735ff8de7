"""CPython at the work of benchmarks/11_06_xml_rpc_bench.cpp, which runs this.

serve PORT       SimpleXMLRPCServer with add(), a thread for each connection
decode, encode   prints the seconds that a call with an array of 10,000 integers takes
"""

import sys
import time
from socketserver import ThreadingMixIn
from xmlrpc.client import dumps, loads
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer


class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body by one send
    disable_nagle_algorithm = True


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True


def serve(port):
    with Server(("127.0.0.1", port), Handler, logRequests=False) as server:
        server.register_function(lambda a, b: a + b, "add")
        server.serve_forever()


def measure(work):
    times = []
    for _ in range(20):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    print(min(times))


if __name__ == "__main__":
    numbers = ([i * 7919 for i in range(10000)],)
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    elif sys.argv[1] == "encode":
        measure(lambda: dumps(numbers, "f"))
    else:
        document = dumps(numbers, "f")
        measure(lambda: loads(document))
