"""11.1 HTTP client. Its server: compared with python3-httpbin 0.7, request by request, where Debian's
packages python3-httpbin, python3-gunicorn and python3-gevent are installed; and driven by urllib,
curl and requests. Its client: at servers and proxies that others have written."""
import base64
import gzip
import http.client
import http.cookiejar
import importlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import zlib
from contextlib import ExitStack, closing

from recipe import LIMIT, server

servers = importlib.import_module("11_01_http_client_servers")
HAS_HTTPBIN, SYSTEM_PYTHON = servers.HAS_HTTPBIN, servers.SYSTEM_PYTHON
has_packages, python_httpbin = servers.has_packages, servers.python_httpbin
OtherServers = servers.OtherServers  # a case of this program, too

HOST = "httpbin.test:8000"


class Response:
    def __init__(self, response):
        self.status = response.status
        self.fields = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return "%d\n%s%r" % (self.status, self.fields, self.body)


def exchange(address, method, target, fields=(), body=None):
    """One request, with the same Host for whomever it is sent to."""
    with closing(http.client.HTTPConnection(*address, timeout=LIMIT)) as connection:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", HOST)
        for name, value in fields:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Response(connection.getresponse())


def multipart(*parts):
    """A form: (disposition, type or None, content) for each part."""
    body = b""
    for disposition, content_type, content in parts:
        body += b"--x\r\nContent-Disposition: form-data; " + disposition.encode() + b"\r\n"
        if content_type:
            body += b"Content-Type: " + content_type.encode() + b"\r\n"
        body += b"\r\n" + content + b"\r\n"
    return body + b"--x--\r\n"


FORM = ("Content-Type", "application/x-www-form-urlencoded")
MULTIPART = ("Content-Type", "multipart/form-data; boundary=x")
JSON = ("Content-Type", "application/json")

# What both respond to in the same way: (method, target, fields, body).
SAME = [
    ("GET", "/get"),
    ("GET", "/get?b=1&a=2&b=3&c=&d&e=x+y%20z%2Bw"),
    ("GET", "/get?a=%E4%BD%A0&%C3%A9=%41%2f%26&q=/?:@!$'()*,;[]\"<>|^`"),
    ("GET", "/get?a=%ff&b=%c3"),
    ("GET", "/get?show_env", [("Via", "x"), ("X-Request-Id", "y")]),
    ("GET", "/get", [("X-Forwarded-For", "1.2.3.4, 5.6.7.8"), ("X-Forwarded-Proto", "https"),
                     ("X-Real-Ip", "1.2.3.4"), ("Via", "x"), ("X-Varnish", "y")]),
    ("GET", "/get", [("X-Forwarded-Protocol", "https"), ("X-Forwarded-Port", "1")]),
    ("GET", "/get", [("X-Forwarded-Ssl", "on")]),
    ("GET", "/headers", [("x-lower", "1"), ("X-UPPER-2ND", "2"), ("x-lower", "3"), ("X-Empty", ""),
                         ("X-Latin", b"caf\xe9"), ("X-Utf8", "é".encode()), ("Accept", "a"),
                         ("Accept", "b"), ("X-Blanks", "  a  b")]),
    ("GET", "/ip"), ("GET", "/ip", [("X-Forwarded-For", "::1")]),
    ("GET", "/user-agent"), ("GET", "/user-agent", [("user-agent", "me/1.0 \"x\" \\")]),
    ("POST", "/post"),
    ("POST", "/post?a=1", [], b"plain text, no type"),
    ("POST", "/post", [("Content-Type", "text/plain")], "é\r\n\t\x7f\0".encode()),
    ("POST", "/post", [("Content-Type", "image/png")], b"\xff\xd8\0\1\2"),
    ("POST", "/post", [], b"\xed\xa0\x80 \xc0\xaf \xf5\x80\x80\x80"),
    ("POST", "/post", [FORM], b"b=1&a=2&b=3&c=&d=x+y%20%C3%A9&e=%ff"),
    ("POST", "/post", [("Content-Type", FORM[1] + "; charset=UTF-8")], b"a=1"),
    ("POST", "/post", [FORM], b""),
    ("POST", "/post", [MULTIPART], multipart(
        ('name="a"', None, b"1"), ('name="a"', None, "é\r\n".encode()), ('name="b"', "text/x", b""),
        ('name="f"; filename="f.txt"', "text/plain", b"text"),
        ('name="g"; filename="g"', "image/png", b"\xff\0"),
        ('name="h"; filename="h.bin"', None, b"\xff"),
        ('name="none"; filename=""', "application/octet-stream", b""))),
    ("POST", "/post", [JSON], b'{"a": [1, 2.5, true, null, "\\u00e9"], "b": {}}'),
    ("POST", "/post", [JSON], b'[12345678901234567890123, 1e400, -0.0, 1E5]'),
    ("POST", "/post", [JSON], b' {"a": 1}\r\n'),
    ("POST", "/post", [JSON], b'{"a": 1'), ("POST", "/post", [JSON], b"{'a': 1}"),
    ("POST", "/post", [("Content-Type", "text/plain")], b'"json, whatever the type"'),
    ("PUT", "/put?x=1", [FORM], b"a=1"), ("PATCH", "/patch", [JSON], b"[]"),
    ("DELETE", "/delete"), ("DELETE", "/delete", [], b"body"),
    ("GET", "/anything"), ("POST", "/anything", [FORM], b"a=1"), ("PUT", "/anything/a", [], b"x"),
    ("PATCH", "/anything/a/b/", [JSON], b"1"), ("DELETE", "/anything/%E4%BD%A0%20%41%3f/x?y=%20"),
    ("TRACE", "/anything/t"), ("GET", "/anything/%ff"), ("GET", "/anything/a%2Fb/%2e%2e/c"),
    ("GET", "/anything", [FORM], b"a=1"),
    ("GET", "/cookies"),
    ("GET", "/cookies", [("Cookie", 'a=1; b="x y\\073\\303\\251\\""; a=2; c; =v; d = e f ; g="un')]),
    ("GET", "/cookies", [("Cookie", "a=1; __utma=2; _gauges_unique=3")]),
    ("GET", "/cookies?show_env=1", [("Cookie", "a=1; __utma=2")]),
    ("GET", "/cookies/set?b=1"), ("GET", "/cookies/set?k=a%20b%3B%2C%22%5C%C3%A9/:@(x)"),
    ("GET", "/cookies/set?k=v&k=w"), ("GET", "/cookies/set?e"), ("GET", "/cookies/set"),
    ("GET", "/cookies/set/n/v%20w"), ("GET", "/cookies/delete?k"), ("GET", "/cookies/delete?k=1"),
    ("GET", "/basic-auth/u/p"),
    ("GET", "/redirect/1"), ("GET", "/redirect/2"), ("GET", "/redirect/3?absolute=true"),
    ("GET", "/redirect/3?absolute=1"), ("GET", "/redirect/007"),
    ("GET", "/relative-redirect/1"), ("GET", "/relative-redirect/9"),
    ("GET", "/absolute-redirect/1"), ("GET", "/absolute-redirect/9"),
    ("GET", "/redirect-to?url=http://elsewhere.test/a%3Fb%23c"),
    ("GET", "/redirect-to?url=/a%20b"), ("GET", "/redirect-to?url=/%22%3C%3E%5C%5E%60%7B%7C%7D"),
    ("GET", "/redirect-to?url="), ("GET", "/redirect-to?url=//x&url=y"),
    # Some names of parameters may have any case, some may not.
    ("GET", "/redirect-to?URL=/x"), ("GET", "/redirect-to?URL=/x&url=/y&Status_Code=307"),
    ("GET", "/redirect/3?ABSOLUTE=true"), ("GET", "/drip?duration=0&NUMBYTES=3"),
    ("GET", "/drip?duration=0&CODE=404"),
    ("GET", "/redirect-to?url=/x&status_code=299"), ("GET", "/redirect-to?url=/x&status_code=400"),
    ("GET", "/etag/t"), ("GET", "/etag/a%20b%22"), ("GET", "/cache/0"), ("GET", "/cache/86400"),
    ("GET", "/response-headers"), ("GET", "/response-headers?a=1&B=2&a=3&c"),
    ("GET", "/response-headers?content-type=text/x&ETag=%22t%22"),
    ("POST", "/response-headers?a=1", [FORM], b"b=2"),
    ("GET", "/bytes/0"), ("GET", "/delay/0"), ("GET", "/delay/0.01"),
    ("GET", "/delay/0?a=1", [FORM], b"b=2"),
    ("GET", "/drip?numbytes=3&duration=0"), ("GET", "/drip?duration=0&code=404&delay=0.01"),
    ("GET", "/drip?duration=0&code=204"),
    ("HEAD", "/get"), ("HEAD", "/redirect/1"), ("HEAD", "/status/401"), ("HEAD", "/bytes/100"),
    ("HEAD", "/etag/t"), ("HEAD", "/post"), ("HEAD", "/drip?duration=0"),
    ("POST", "/get"), ("GET", "/post"), ("GET", "/put"), ("GET", "/patch"), ("GET", "/delete"),
    ("POST", "/cookies"), ("POST", "/delay/0"), ("DELETE", "/response-headers"), ("FOO", "/get"),
    ("GET", "/nothing"), ("GET", "/get/"), ("GET", "/anything/"), ("GET", "/GET"),
]
SAME += [(method, "/status/%d" % status) for method in ("GET", "PUT") for status in (
    200, 201, 204, 205, 206, 299, 300, 301, 302, 303, 304, 305, 306, 307, 308, 400, 401, 403, 404,
    406, 409, 410, 418, 429, 451, 500, 503, 599, 600, 999)]
SAME += [("GET", "/status/" + codes) for codes in ("200:0,404:1", "201,201", "x", "200:x", "200,",
                                                  "200:0", "200:1:2")]
SAME += [("POST", "/redirect-to?url=/x&status_code=%d" % status) for status in range(300, 309)]
SAME += [("GET", "/etag/t", [(name, value)]) for name in ("If-None-Match", "If-Match") for value in (
    "t", '"t"', 'W/"t"', '"a", "t"', "*", '"u"', "", '"a",W/"b"')]
SAME += [("GET", "/etag/t", [("If-None-Match", '"u"'), ("If-Match", '"u"')])]
SAME += [("GET", target, [("Authorization", "Basic " + base64.b64encode(text.encode()).decode())])
         for target, texts in (("/basic-auth/u/p", ("u:p", "u:q", "v:p", "u:p:", "u", "")),
                               ("/basic-auth/%C3%A9/p%3Aq", ("é:p:q", "é:p"))) for text in texts]
SAME += [("GET", "/basic-auth/u/p", [("Authorization", "bASIC dTpw")]),
         ("GET", "/basic-auth/u/p", [("Authorization", "Bearer dTpw")])]

# The fields that a client goes by.
FIELDS = ("Location", "Set-Cookie", "WWW-Authenticate", "ETag", "Cache-Control", "Content-Encoding",
          "X-More-Info", "Access-Control-Allow-Origin")

# Where ours responds otherwise, on purpose: target, httpbin's status (0: no whole response), ours.
DIFFERENT = [
    # Bad values are the client's mistake, not the server's.
    ("/redirect/0", 500, 400), ("/relative-redirect/0", 500, 400), ("/absolute-redirect/0", 500, 400),
    ("/redirect-to", 500, 400), ("/redirect-to?url=/&status_code=x", 500, 400),
    ("/delay/x", 500, 400), ("/drip?numbytes=x", 500, 400), ("/drip?duration=x", 500, 400),
    ("/bytes/1?seed=x", 500, 400), ("/bytes/1?Seed=x", 500, 400),
    # Flask has no such route; but the resource is there, its value is bad.
    ("/redirect/x", 404, 400), ("/redirect/-1", 404, 400), ("/bytes/x", 404, 400),
    ("/stream/-1", 404, 400), ("/cache/x", 404, 400),
    # No time is less than none.
    ("/delay/-1", 200, 400), ("/drip?duration=-1&numbytes=1", 200, 400),
    # CR and LF, and other controls, never reach a field.
    ("/redirect-to?url=%0d%0aA:b", 500, 400), ("/response-headers?a=%0d%0ab:c", 500, 400),
    ("/response-headers?a=%01", 400, 400), ("/response-headers?a%20b=1", 400, 400),
    ("/cookies/set?a=%0d%0ab", 302, 400), ("/cookies/set?a=%01", 302, 400),
    # A cookie named so would be read as another one.
    ("/cookies/set?a%3Bb=1", 302, 400), ("/cookies/set?a%20b=1", 302, 400),
    # Two lengths: nobody would know where the response ends.
    ("/response-headers?Content-Length=1", 0, 400),
    # No final response has these: 1xx goes before one (RFC 9110, 15.2), others are no status.
    ("/status/100", 100, 400), ("/status/1000", 0, 400), ("/status/0", 0, 400),
    # What Python's int() takes besides digits is no status.
    ("/status/%20200", 200, 400), ("/status/+200", 200, 400), ("/status/200,%20200", 200, 400),
    # A malformed target is refused, not guessed at; a NUL hides what follows it.
    ("/get?a=%zz", 200, 400), ("/get?a=%00", 200, 400), ("/anything/%zz", 200, 400),
]


@unittest.skipUnless(HAS_HTTPBIN, "python3-httpbin 0.7 is not installed")
class LikeHttpbin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        running = ExitStack()
        cls.addClassCleanup(running.close)
        cls.theirs = running.enter_context(python_httpbin())
        _, cls.ours = running.enter_context(server("--log-level", "off"))

    def both(self, *request):
        return exchange(self.theirs, *request), exchange(self.ours, *request)

    def assert_same_json(self, theirs, ours):
        self.assertEqual(ours.json(), theirs.json())
        written = theirs.json()
        # On one line, names sorted, a line feed at the end. Two things are written otherwise: what
        # is not ASCII, in UTF-8 instead of \u….; and the member json, as it was sent.
        if theirs.body.isascii() and b"\\u" not in theirs.body and not written.get("json"):
            self.assertEqual(ours.body, theirs.body)

    def test_responds_as_httpbin_does(self):
        for request in SAME:
            with self.subTest(request=request):
                theirs, ours = self.both(*request)
                self.assertEqual(ours.status, theirs.status, ours)
                for name in FIELDS:
                    self.assertEqual(ours.fields.get_all(name), theirs.fields.get_all(name), name)
                if theirs.fields.get_content_type() == "application/json" and request[0] != "HEAD":
                    self.assertEqual(ours.fields["Content-Type"], theirs.fields["Content-Type"])
                    self.assert_same_json(theirs, ours)
                elif theirs.fields.get_content_type() == "application/octet-stream":
                    self.assertEqual(ours.fields["Content-Type"], theirs.fields["Content-Type"])
                    self.assertEqual(ours.fields["Content-Length"], theirs.fields["Content-Length"])
                    self.assertEqual(ours.body, theirs.body)
                if theirs.status == 405:
                    self.assertEqual(set(ours.fields["Allow"].split(", ")),
                                     set(theirs.fields["Allow"].split(", ")))

    def test_differs_where_it_means_to(self):
        for target, expected, status in DIFFERENT:
            with self.subTest(target=target):
                if expected in (0, 100):
                    self.assert_broken(target)
                else:
                    self.assertEqual(exchange(self.theirs, "GET", target).status, expected)
                self.assertEqual(exchange(self.ours, "GET", target).status, status)

    def assert_broken(self, target):
        with self.assertRaises((http.client.HTTPException, OSError)):
            with closing(http.client.HTTPConnection(*self.theirs, timeout=0.5)) as connection:
                connection.request("GET", target)
                connection.getresponse().read()

    def test_several_files_of_a_name_are_a_list(self):
        # httpbin means to show them all, too, but shows the first alone.
        form = multipart(('name="f"; filename="1"', None, b"one"),
                         ('name="f"; filename="2"', None, b"two"))
        theirs, ours = self.both("POST", "/post", [MULTIPART], form)
        self.assertEqual(theirs.json()["files"], {"f": "one"})
        self.assertEqual(ours.json()["files"], {"f": ["one", "two"]})

    def test_json_is_what_the_standard_says(self):
        # Python's json takes NaN, and sends what no other parser reads.
        theirs, ours = self.both("POST", "/post", [JSON], b"NaN")
        self.assertIn(b'"json":NaN', theirs.body)
        self.assertIsNone(ours.json()["json"])

    def test_statuses_that_proxies_and_beginners_see(self):
        theirs, ours = self.both("GET", "/status/407")
        self.assertIsNone(theirs.fields["Proxy-Authenticate"])  # gunicorn takes it away
        self.assertEqual(ours.fields["Proxy-Authenticate"], 'Basic realm="Fake Realm"')
        theirs, ours = self.both("GET", "/status/402")
        self.assertEqual(ours.fields["X-More-Info"], theirs.fields["X-More-Info"])
        self.assertEqual(ours.body, b"")  # theirs is rude
        for status in (406, 418):
            theirs, ours = self.both("GET", "/status/%d" % status)
            self.assertEqual(ours.body, theirs.body)

    def test_a_location_that_is_not_ascii_is_encoded_once(self):
        theirs, ours = self.both("GET", "/redirect-to?url=/%C3%A9")
        self.assertEqual(theirs.fields["Location"], "/%C3%83%C2%A9")  # UTF-8 of UTF-8
        self.assertEqual(ours.fields["Location"], "/%C3%A9")

    def test_options_are_what_there_is(self):
        for path in ("/get", "/post", "/anything", "/status/200"):
            theirs, ours = self.both("OPTIONS", path)
            self.assertEqual((theirs.status, ours.status), (200, 204))  # it has no body
            self.assertEqual(set(ours.fields["Allow"].split(", ")),
                             set(theirs.fields["Allow"].split(", ")))

    def test_codings(self):
        for path, undo in (("/gzip", gzip.decompress), ("/deflate", zlib.decompress)):
            theirs, ours = self.both("GET", path, [("Accept-Encoding", "identity")])
            self.assertEqual(ours.fields["Content-Encoding"], theirs.fields["Content-Encoding"])
            self.assertEqual(undo(ours.body), undo(theirs.body))

    def test_streams(self):
        theirs, ours = self.both("GET", "/stream/3?a=1")
        self.assertEqual(ours.fields["Transfer-Encoding"], theirs.fields["Transfer-Encoding"])
        self.assertEqual([json.loads(line) for line in ours.body.splitlines()],
                         [json.loads(line) for line in theirs.body.splitlines()])
        theirs, ours = self.both("GET", "/stream/0")
        self.assertEqual((theirs.body, ours.body), (b"", b""))
        for target, size in (("/bytes/200000", 102400), ("/bytes/77", 77)):
            theirs, ours = self.both("GET", target)
            self.assertEqual((len(theirs.body), len(ours.body)), (size, size))
        theirs, ours = self.both("GET", "/stream/200")
        self.assertEqual(ours.body.count(b"\n"), theirs.body.count(b"\n"))

    def test_clients_that_name_no_host(self):
        for address in (self.theirs, self.ours):
            with socket.create_connection(address, LIMIT) as client:
                client.sendall(b"GET /get HTTP/1.0\r\n\r\n")
                response = b"".join(iter(lambda: client.recv(65536), b""))
            body = json.loads(response.partition(b"\r\n\r\n")[2])
            self.assertEqual(body["url"], "http://%s:%d/get" % address)


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        running = ExitStack()
        cls.addClassCleanup(running.close)
        _, cls.address = running.enter_context(server("--log-level", "off"))
        cls.url = "http://%s:%d" % cls.address

    def get(self, path, **arguments):
        with urllib.request.urlopen(self.url + path, timeout=LIMIT, **arguments) as response:
            return json.load(response)

    def test_urllib_follows_redirects_and_tells_of_errors(self):
        self.assertEqual(self.get("/redirect/5")["url"], self.url + "/get")
        self.assertEqual(self.get("/absolute-redirect/3")["url"], self.url + "/get")
        there = urllib.parse.quote(self.url + "/anything/there?a=b", safe="")
        self.assertEqual(self.get("/redirect-to?url=" + there)["args"], {"a": "b"})
        for status in (400, 404, 500):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                self.get("/status/%d" % status)
            caught.exception.close()
            self.assertEqual(caught.exception.code, status)

    def test_urllib_posts_and_keeps_cookies(self):
        form = urllib.parse.urlencode({"a": "Zoë <&+%>"}).encode()
        self.assertEqual(self.get("/post", data=form)["form"], {"a": "Zoë <&+%>"})
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        for path, cookies in (("/cookies/set?a=1&b=x%20%22%3B%C3%A9", {"a": "1", "b": 'x ";é'}),
                              ("/cookies/delete?a", {"b": 'x ";é'}), ("/cookies/set/a/2", None)):
            with opener.open(self.url + path, timeout=LIMIT) as response:
                shown = json.load(response)["cookies"]
                self.assertEqual(shown, cookies or {"a": "2", "b": 'x ";é'})

    def test_urllib_gives_the_password_when_it_is_asked(self):
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, self.url, "user", "p:w")
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
        with opener.open(self.url + "/basic-auth/user/p%3Aw", timeout=LIMIT) as response:
            self.assertEqual(json.load(response), {"authenticated": True, "user": "user"})

    def test_a_byte_after_another(self):
        begin = time.monotonic()
        with urllib.request.urlopen(self.url + "/drip?numbytes=5&duration=0.5&delay=0.2") as drops:
            self.assertGreaterEqual(time.monotonic() - begin, 0.2)
            self.assertEqual(drops.read(), b"*****")
        self.assertGreaterEqual(time.monotonic() - begin, 0.2 + 0.4)

    def test_many_wait_at_once(self):
        begin = time.monotonic()
        with ExitStack() as stack:
            clients = [stack.enter_context(socket.create_connection(self.address, LIMIT))
                       for _ in range(50)]
            for client in clients:
                client.sendall(b"GET /delay/0.5 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            for client in clients:
                self.assertTrue(b"".join(iter(lambda: client.recv(65536), b"")).startswith(
                    b"HTTP/1.1 200 OK\r\n"))
        self.assertLess(time.monotonic() - begin, 50 * 0.5)

    def test_requests_in_a_row_on_one_connection(self):
        paths = ("/get?n=1", "/bytes/3?seed=1", "/stream/2", "/drip?numbytes=2&duration=0",
                 "/status/204", "/redirect/1", "/gzip", "/delay/0", "/nothing", "/redirect/0")
        with socket.create_connection(self.address, LIMIT) as client:
            client.sendall(b"".join(b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % path.encode()
                                    for path in paths))
            statuses = []
            for _ in paths:
                response = http.client.HTTPResponse(client, method="GET")
                # One that reads ahead would take what the next ones need.
                response.fp.close()
                response.fp = client.makefile("rb", buffering=0)
                response.begin()
                response.read()
                statuses.append(response.status)
        self.assertEqual(statuses, [200, 200, 200, 200, 204, 302, 200, 200, 404, 400])

    def test_no_field_is_made_by_what_a_client_sends(self):
        for target in ("/redirect-to?url=x", "/response-headers?a=x", "/cookies/set?a=x",
                       "/etag/x", "/cookies/set/a/x"):
            for ending in ("%0d%0aInjected:%20yes", "%0aInjected:%20yes", "%0dInjected:%20yes"):
                with socket.create_connection(self.address, LIMIT) as client:
                    client.sendall(("GET %s%s HTTP/1.0\r\n\r\n" % (target, ending)).encode())
                    response = b"".join(iter(lambda: client.recv(65536), b""))
                self.assertTrue(response.startswith(b"HTTP/1.1 400 "), response)
                self.assertNotIn(b"\nInjected", response.replace(b"\r", b"\n"))

    def test_a_body_has_its_limit(self):
        with server("--log-level", "off", "--max-body", "1000") as (_, address):
            self.assertEqual(exchange(address, "POST", "/post", [], b"x" * 1000).status, 200)
            self.assertEqual(exchange(address, "POST", "/post", [], b"x" * 1001).status, 413)
            self.assertEqual(exchange(address, "PUT", "/anything/a", [FORM], b"x" * 1001).status, 413)
        with server("--log-level", "off", "--max-body", "5000000") as (_, address):
            for path in ("/post", "/anything", "/status/201", "/delay/0"):
                method = "GET" if path.startswith("/delay") else "POST"
                response = exchange(address, method, path, [], b"x" * 4000000)
                self.assertIn(response.status, (200, 201))

    def test_the_order_to_stop_lets_what_waits_go_on(self):
        with server("--log-level", "off") as (process, address):
            with socket.create_connection(address, LIMIT) as late, \
                    socket.create_connection(address, LIMIT) as idle:
                late.sendall(b"GET /delay/1 HTTP/1.1\r\nHost: h\r\n\r\n")
                idle.sendall(b"GET /get HTTP/1.1\r\nHost: h\r\n\r\n")
                self.assertTrue(idle.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n"))
                process.terminate()
                self.assertEqual(idle.recv(1), b"")
                response = b"".join(iter(lambda: late.recv(65536), b""))
            self.assertTrue(response.startswith(b"HTTP/1.1 200 OK\r\n"), response)
            self.assertIn(b"Connection: close\r\n", response)
            self.assertEqual(process.wait(timeout=LIMIT), 0)

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        def curl(*arguments):
            return subprocess.run(["curl", "-sS", "--max-time", str(LIMIT), *arguments],
                                  stdout=subprocess.PIPE, check=True).stdout
        url = self.url
        with tempfile.TemporaryDirectory() as folder:
            binary = os.path.join(folder, "b.bin")
            with open(binary, "wb") as file:
                file.write(b"\xff\x00" * 1000)
            form = json.loads(curl("-F", "a=1", "-F", "a=Zoë", "-F", "f=@%s;type=x/y" % binary,
                                   url + "/post"))
            encoded = base64.b64encode(b"\xff\x00" * 1000).decode()
            self.assertEqual(form["form"], {"a": ["1", "Zoë"]})
            self.assertEqual(form["files"], {"f": "data:x/y;base64," + encoded})
            put = json.loads(curl("-T", binary, url + "/put"))
            self.assertEqual(put["data"], "data:application/octet-stream;base64," + encoded)
            chunked = json.loads(curl("-T", "-", "-H", "Expect: 100-continue", url + "/put"))
            self.assertEqual(chunked["headers"]["Transfer-Encoding"], "chunked")
            jar = os.path.join(folder, "jar")
            shown = json.loads(curl("-c", jar, "-b", jar, "-L", url + "/cookies/set?a=1&b=x%20y"))
            self.assertEqual(shown, {"cookies": {"a": "1", "b": "x y"}})
            self.assertEqual(json.loads(curl("-b", jar, "-L", url + "/cookies/delete?a", "-c", jar)),
                             {"cookies": {"b": "x y"}})
        self.assertEqual(json.loads(curl("-L", url + "/redirect/7"))["url"], url + "/get")
        self.assertEqual(json.loads(curl("-L", "-X", "PUT", "-d", "a=1", url +
                                         "/redirect-to?status_code=307&url=/put"))["form"],
                         {"a": "1"})
        for coding in ("gzip", "deflate"):
            self.assertIs(json.loads(curl("--compressed", url + "/" + coding))[
                "gzipped" if coding == "gzip" else "deflated"], True)
        self.assertEqual(json.loads(curl("-u", "u:p", url + "/basic-auth/u/p"))["user"], "u")
        self.assertEqual(curl("-o", os.devnull, "-w", "%{http_code}", "-u", "u:q",
                              url + "/basic-auth/u/p"), b"401")
        self.assertEqual(json.loads(curl("--http1.0", url + "/get"))["url"], url + "/get")
        self.assertEqual(curl("--http1.0", url + "/stream/3").count(b"\n"), 3)
        self.assertEqual(curl("-x", url, "http://elsewhere.test/ip?x"), b'{"origin":"127.0.0.1"}\n')
        self.assertEqual(json.loads(curl("-x", url, "http://elsewhere.test/get?a=b"))["url"],
                         "http://elsewhere.test/get?a=b")
        self.assertEqual(json.loads(curl("-G", "--data-urlencode", "a=é&=", url + "/get"))["args"],
                         {"a": "é&="})

    def test_ipv6(self):
        with server("--log-level", "off", "--host", "::1") as (_, address):
            with socket.create_connection(address, LIMIT) as client:
                client.sendall(b"GET /get HTTP/1.0\r\n\r\n")
                response = b"".join(iter(lambda: client.recv(65536), b""))
            body = json.loads(response.partition(b"\r\n\r\n")[2])
            self.assertEqual(body["origin"], "::1")
            self.assertEqual(body["url"], "http://[::1]:%d/get" % address[1])

    @unittest.skipUnless(has_packages("requests"), "python3-requests is not installed")
    def test_requests(self):
        done = subprocess.run([SYSTEM_PYTHON, "-c", REQUESTS, self.url], timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


# What the Debian package's requests, for the system's Python, makes of it.
REQUESTS = r'''
import json, sys, requests
url = sys.argv[1]
session = requests.Session()
shown = session.get(url + "/get", params={"a": ["1", "2"], "b": "Zoë"}).json()
assert shown["args"] == {"a": ["1", "2"], "b": "Zoë"}, shown
shown = session.post(url + "/post", data={"a": ["1", "2"]}).json()
assert shown["form"] == {"a": ["1", "2"]}, shown
shown = session.post(url + "/post", json={"a": [1, None, "é"]}).json()
assert shown["json"] == {"a": [1, None, "é"]}, shown
shown = session.post(url + "/post", data={"a": "1"},
                     files={"f": ("x.bin", b"\xff"), "g": ("t.txt", "text", "x/y")}).json()
assert shown["files"] == {"f": "data:application/octet-stream;base64,/w==", "g": "text"}, shown
assert shown["form"] == {"a": "1"}, shown
shown = session.put(url + "/put", data=(piece for piece in (b"a", b"b"))).json()
assert shown["data"] == "ab" and shown["headers"]["Transfer-Encoding"] == "chunked", shown
response = session.get(url + "/redirect/3")
assert [one.status_code for one in response.history] == [302, 302, 302], response.history
assert response.url == url + "/get"
assert session.get(url + "/cookies/set", params={"a": "1"}).json() == {"cookies": {"a": "1"}}
assert session.get(url + "/cookies/delete?a").json() == {"cookies": {}}
assert session.get(url + "/basic-auth/u/p", auth=("u", "p")).json()["authenticated"] is True
assert session.get(url + "/basic-auth/u/p", auth=("u", "q")).status_code == 401
assert session.get(url + "/gzip").json()["gzipped"] is True
assert session.get(url + "/deflate").json()["deflated"] is True
lines = list(session.get(url + "/stream/20", stream=True).iter_lines())
assert [json.loads(line)["id"] for line in lines] == list(range(20)), lines
assert session.get(url + "/status/418").text.strip().startswith("-=[ teapot ]=-")
assert session.head(url + "/get").content == b""
assert session.delete(url + "/delete").json()["url"] == url + "/delete"
assert session.patch(url + "/patch", data=b"\xff").json()["data"].startswith("data:")
assert session.get(url + "/response-headers", params={"X-A": "b"}).headers["x-a"] == "b"
assert session.get(url + "/etag/t", headers={"If-None-Match": "\"t\""}).status_code == 304
'''


if __name__ == "__main__":
    unittest.main()
