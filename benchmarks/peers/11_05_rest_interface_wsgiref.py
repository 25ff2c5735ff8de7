"""The original's server, Python's wsgiref, with a fixed response. Its port: the first argument."""
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server


class Silent(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello, World!"]


with make_server("127.0.0.1", int(sys.argv[1]), application, handler_class=Silent) as server:
    print("listening on 127.0.0.1:%d" % server.server_port, flush=True)
    server.serve_forever()
