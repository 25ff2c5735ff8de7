"""CPython's server at the work of benchmarks/11_06b_xml_rpc_service_bench.cpp, which runs this.

PORT       calculator.add and system.multicall, a thread for each connection
"""

import sys
from socketserver import ThreadingMixIn
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer


class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body by one send
    disable_nagle_algorithm = True
    encode_threshold = None  # our client does not ask for gzip


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1])), Handler, logRequests=False) as server:
        server.register_function(lambda a, b: a + b, "calculator.add")
        server.register_multicall_functions()
        server.serve_forever()
