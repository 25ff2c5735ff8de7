"""11.5 REST interface: CPython's http.client, urllib and wsgiref, and curl where there is one."""
import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack
from wsgiref.simple_server import WSGIRequestHandler, make_server

from recipe import EXECUTABLE, LIMIT, client, onto_full_disk, server


class PathDispatcher:
    """The original's dispatcher, without `cgi`, which Python 3.13 has no more."""

    def __init__(self):
        self.pathmap = {}

    def __call__(self, environ, start_response):
        environ["params"] = dict(urllib.parse.parse_qsl(environ["QUERY_STRING"]))
        handler = self.pathmap.get((environ["REQUEST_METHOD"].lower(), environ["PATH_INFO"]))
        if handler is None:
            start_response("404 Not Found", [("Content-type", "text/plain")])
            return [b"Not Found"]
        return handler(environ, start_response)

    def register(self, method, path, function):
        self.pathmap[method.lower(), path] = function
        return function


def hello_world(environ, start_response):
    start_response("200 OK", [("Content-type", "text/html")])
    yield "<html><body><h1>Hello {}!</h1></body></html>".format(
        environ["params"].get("name")).encode("utf-8")


def localtime(environ, start_response):
    start_response("200 OK", [("Content-type", "application/xml")])
    yield """<?xml version="1.0"?>
<time>
  <year>{t.tm_year}</year>
  <month>{t.tm_mon}</month>
  <day>{t.tm_mday}</day>
</time>""".format(t=time.localtime()).encode("utf-8")


class Silent(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


class CppServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        running = ExitStack()
        cls.addClassCleanup(running.close)
        _, cls.address = running.enter_context(server("--cors", "*", "--log-level", "off"))
        cls.url = "http://%s:%d" % cls.address

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=LIMIT) as response:
            return response.read().decode()

    def test_urllib_gets_both_resources(self):
        name = "Zoë <&+%> Smith"
        page = self.get("/hello?" + urllib.parse.urlencode({"name": name}))
        self.assertEqual(page, "<html><body><h1>Hello Zoë &lt;&amp;+%&gt; Smith!</h1></body></html>")
        expected = b"".join(localtime({}, lambda *arguments: None)).decode()
        self.assertEqual(self.get("/localtime"), expected)

    def test_urllib_posts_a_form(self):
        form = urllib.parse.urlencode({"name": "Guido"}).encode()
        with urllib.request.urlopen(self.url + "/hello", form, timeout=LIMIT) as response:
            self.assertEqual(response.read(), b"<html><body><h1>Hello Guido!</h1></body></html>")

    def test_urllib_tells_what_went_wrong(self):
        for path, status in (("/nothing", 404), ("/lines/x", 400), ("/hello?name=%00", 400)):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                self.get(path)
            caught.exception.close()
            self.assertEqual(caught.exception.code, status)

    def test_one_connection_carries_many_requests(self):
        connection = http.client.HTTPConnection(*self.address, timeout=LIMIT)
        for method, path, status in (("GET", "/hello", 200), ("HEAD", "/hello", 200),
                                     ("GET", "/nothing", 404), ("OPTIONS", "/hello", 204),
                                     ("DELETE", "/hello", 405), ("GET", "/localtime", 200)) * 5:
            connection.request(method, path)
            local = connection.sock.getsockname()
            response = connection.getresponse()
            body = response.read()
            self.assertEqual(response.status, status)
            self.assertEqual(len(body), 0 if method == "HEAD" else int(
                response.getheader("Content-Length", "0")))
            self.assertEqual(connection.sock.getsockname(), local)
        self.assertEqual(response.getheader("Access-Control-Allow-Origin"), "*")
        connection.close()

    def test_streams_both_ways(self):
        connection = http.client.HTTPConnection(*self.address, timeout=LIMIT)
        connection.request("GET", "/lines/100000")
        lines = connection.getresponse().read().split()
        self.assertEqual(lines, [b"%d" % n for n in range(100000)])
        parts = (b"x" * 100000 for _ in range(50))
        connection.request("POST", "/length", parts, encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(connection.getresponse().read(), b"5000000\n")
        connection.close()

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        def curl(*arguments):
            return subprocess.run(["curl", "-s", "--max-time", str(LIMIT), *arguments],
                                  stdout=subprocess.PIPE, check=True).stdout
        greeting = b"<html><body><h1>Hello Guido!</h1></body></html>"
        hello = self.url + "/hello"
        self.assertEqual(curl(hello + "?name=Guido"), greeting)
        self.assertEqual(curl(hello, "-d", "name=Guido"), greeting)
        self.assertEqual(curl(hello, "-F", "name=Guido"), greeting)
        self.assertEqual(curl(hello + "?name=Guido", "--http1.0"), greeting)
        self.assertEqual(curl("-x", self.url, "http://elsewhere.example/hello?name=Guido"), greeting)
        self.assertIn(b"Allow: GET, HEAD, POST, OPTIONS", curl("-I", "-X", "OPTIONS", hello))
        self.assertEqual(curl("-T", EXECUTABLE, "-X", "POST", self.url + "/length"),
                         b"%d\n" % os.path.getsize(EXECUTABLE))  # asks with Expect: 100-continue
        self.assertEqual(curl("-o", os.devnull, "-w", "%{http_code}", "-F", "name=@" + EXECUTABLE,
                              hello), b"413" if os.path.getsize(EXECUTABLE) > 1 << 20 else b"200")

    def test_a_peer_that_leaves_in_mid_message_harms_nobody(self):
        for begin in (b"GET / HT", b"POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"):
            with socket.create_connection(self.address, LIMIT) as peer:
                peer.sendall(begin)
        self.assertIn("Hello", self.get("/hello"))


class CommandLine(unittest.TestCase):
    def test_what_no_server_can_do_is_bad_usage(self):
        for option, value in (("--max-requests", ""), ("--max-requests", "0"), ("--cors", ""),
                              ("--cors", "a\nb")):
            with self.subTest(option=option, value=value):
                done = subprocess.run([EXECUTABLE, "server", "--port", "0", option, value],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, timeout=LIMIT)
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertRegex(done.stderr, rb"\A11_05_rest_interface: %s[^\n]*\n\Z" %
                                 option.encode())


class CppClient(unittest.TestCase):
    def setUp(self):
        dispatcher = PathDispatcher()
        dispatcher.register("GET", "/hello", hello_world)
        dispatcher.register("GET", "/localtime", localtime)
        self.server = make_server("127.0.0.1", 0, dispatcher, handler_class=Silent)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def tearDown(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def ask(self, *arguments):
        return client("--port", str(self.server.server_port), *arguments)

    def test_gets_both_resources_from_wsgiref(self):
        name = "Zoë & Co + 1%"
        page = "<html><body><h1>Hello %s!</h1></body></html>\n" % name
        self.assertEqual(self.ask("hello", "--name", name), (0, page.encode(), b""))
        status, date, _ = self.ask("localtime")
        self.assertEqual(status, 0)
        self.assertIn(b"<year>%d</year>" % time.localtime().tm_year, date)

    def test_tells_in_one_line_what_went_wrong(self):
        self.server.get_app().pathmap.clear()
        self.assertEqual(self.ask("localtime"),
                         (1, b"", b"11_05_rest_interface: GET /localtime: 404 Not Found\n"))

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_output_that_is_lost_is_an_error(self):
        self.assertEqual(onto_full_disk("client", "--port", str(self.server.server_port)),
                         (1, b"11_05_rest_interface: write output: No space left on device\n"))


if __name__ == "__main__":
    unittest.main()
