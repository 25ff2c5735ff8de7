"""11.1b Resilient HTTP client. Its client: at an origin that counts, in CPython's http.server; at
python3-httpbin and nginx where they are installed. Its server: driven by urllib, and by requests
with urllib3's Retry."""
import base64
import hashlib
import importlib
import json
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from recipe import EXECUTABLE, LIMIT, client, onto_full_disk, server

servers = importlib.import_module("11_01_http_client_servers")
NGINX = servers.NGINX


class Origin(BaseHTTPRequestHandler):
    """Answers as its server's `script` says, a list of (status, fields, body) by path, the last one again and
    again; counts what it is asked."""

    protocol_version = "HTTP/1.1"

    def handle_all(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        with self.server.lock:
            self.server.asked.append((self.command, self.path, dict(self.headers), body))
            script = self.server.script.get(self.path) or [(200, {}, b"")]
            status, fields, content = script.pop(0) if len(script) > 1 else script[0]
        if status == 0:  # no answer
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = handle_all

    def log_message(self, *_):
        pass


@contextmanager
def origin(certificate=None, **script):
    """Runs an origin: it, with its url. The names of the script are paths without their slash. `certificate`:
    over TLS, a folder with cert.pem and key.pem."""
    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(os.path.join(certificate, name) for name in ("cert.pem", "key.pem")))
        http_server.handle_error = lambda *_: None  # a client that does not trust it
        http_server.socket = context.wrap_socket(http_server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
    http_server.daemon_threads = True
    http_server.script = {"/" + path: list(answers) for path, answers in script.items()}
    http_server.asked, http_server.lock = [], threading.Lock()
    http_server.url = "http%s://127.0.0.1:%d" % ("s" * bool(certificate), http_server.server_address[1])
    thread = threading.Thread(target=http_server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield http_server
    finally:
        http_server.shutdown()
        thread.join()
        http_server.server_close()


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


OK = (200, {}, b"fine")
BUSY = (503, {}, b"busy")
FAST = ("--backoff", "0")


class Client(unittest.TestCase):
    def rows(self, *arguments, status=0, stdin=b""):
        """The rows that the client prints, and its summary."""
        code, output, errors = client("--summary", *arguments, stdin=stdin)
        self.assertEqual(code, status, (arguments, output, errors))
        return [json.loads(line) for line in output.splitlines()], json.loads(errors.splitlines()[-1])

    def test_a_row_says_what_came(self):
        with origin(a=[(200, {"Content-Type": "text/plain; charset=iso-8859-1"}, b"caf\xe9")]) as there:
            (row,), done = self.rows("--body", there.url + "/a")
        elapsed = row.pop("elapsed")
        self.assertTrue(0 < elapsed < LIMIT)
        self.assertEqual(row, {"url": there.url + "/a", "status": 200, "attempts": 1, "cache": "miss",
                               "bytes": 4, "sha256": hashlib.sha256(b"caf\xe9").hexdigest(), "body": "café"})
        done.pop("elapsed")
        self.assertEqual(done, {"requests": 1, "connections": 1, "retries": 0, "hits": 0, "revalidated": 0,
                                "opened": 0})

    def test_statuses_are_tried_again(self):
        with origin(a=[BUSY, (500, {}, b""), OK], b=[BUSY], c=[(404, {}, b"")], d=[BUSY, OK]) as there:
            (a, b, c), done = self.rows(*FAST, *(there.url + path for path in ("/a", "/b", "/c")), status=1)
            self.assertEqual((a["status"], a["attempts"]), (200, 3))
            self.assertEqual((b["status"], b["attempts"], b["bytes"]), (503, 4, 4))
            self.assertEqual((c["status"], c["attempts"]), (404, 1))
            self.assertEqual(done["retries"], 5)
            (d,), _ = self.rows(*FAST, "--retry-on", "500,502", there.url + "/d", status=1)
            self.assertEqual((d["status"], d["attempts"]), (503, 1))

    def test_a_post_is_sent_once(self):
        for arguments, count in (((), 1), (("-H", "Idempotency-Key: 1"), 4)):
            with origin(a=[(0, {}, b"")], b=[BUSY]) as there:
                for path in "/a", "/b":
                    there.asked.clear()
                    (row,), _ = self.rows(*FAST, "--method", "POST", "--json", "{}", *arguments,
                                          there.url + path, status=1)
                    self.assertEqual(len(there.asked), count, row)
                    self.assertEqual(there.asked[0][3], b"{}")
        (row,), _ = self.rows(*FAST, "--method", "POST", "http://127.0.0.1:%d/" % unused_port(), status=1)
        self.assertEqual(row["attempts"], 4, "nothing of it was sent")

    def test_retry_after(self):
        past, future = "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
        for value, least, attempts in (("1", 1, 2), (past, 0, 2), ("soon", 0, 2), ("61", 0, 1), (future, 0, 1)):
            with origin(a=[(503, {"Retry-After": value}, b""), OK]) as there:
                begin = time.monotonic()
                (row,), _ = self.rows(*FAST, there.url + "/a", status=0 if attempts == 2 else 1)
                self.assertEqual(row["attempts"], attempts, value)
                self.assertGreaterEqual(time.monotonic() - begin, least)

    def test_time_limits(self):
        with server("--log-level", "off", "--drain", "0.1") as (_, address):
            url = "http://%s:%d" % address
            (row,), _ = self.rows(*FAST, "--timeout", "0.2", "--retries", "1", url + "/slow?seconds=9", status=1)
            self.assertEqual((row["error"], row["attempts"]), ("timed out after 0.2 s", 2))
            (row,), _ = self.rows("--max-time", "0.3", url + "/slow?seconds=9", status=1)
            self.assertEqual(row["attempts"], 1)
            self.assertIn("timed out", row["error"])
            (row,), _ = self.rows("--max-time", "5", url + "/flaky/1?retry_after=6", status=1)
            self.assertEqual((row["status"], row["attempts"]), (503, 1))

    def test_the_budget_is_for_all(self):
        with origin(a=[BUSY]) as there:
            rows, done = self.rows(*FAST, "--budget", "3", "--breaker", "0", *[there.url + "/a"] * 20, status=1)
            self.assertEqual((len(rows), done["retries"], len(there.asked)), (20, 3, 23))

    def test_an_open_circuit_sends_nothing(self):
        with origin(a=[(500, {}, b"")]) as there:
            rows, done = self.rows("--retries", "0", "--breaker", "3", "--concurrency", "1", "--repeat", "6",
                                   there.url + "/a", status=1)
            self.assertEqual([row.get("status") for row in rows], [500, 500, 500, None, None, None])
            self.assertEqual(rows[3]["error"], "circuit open: " + there.url[len("http://"):])
            self.assertEqual((rows[3]["attempts"], len(there.asked), done["opened"]), (0, 3, 1))
            there.script["/a"] = [(500, {}, b""), OK]
            rows, _ = self.rows("--retries", "0", "--breaker", "1", "--breaker-time", "0", "--repeat", "2",
                                there.url + "/a", status=1)
            self.assertEqual([row["status"] for row in rows], [500, 200])

    def test_the_cache(self):
        answers = {
            "fresh": [(200, {"Cache-Control": "max-age=60"}, b"1")],
            "capitals": [(200, {"CACHE-CONTROL": 'PUBLIC, MAX-AGE="60"'}, b"1")],
            "old": [(200, {"Cache-Control": "max-age=60", "Age": "61"}, b"1")],
            "ask": [(200, {"Cache-Control": "max-age=60, no-cache", "ETag": 'W/"1"'}, b"1"), (304, {}, b"")],
            "gone": [(404, {"Cache-Control": "max-age=60"}, b"1")],
            "secret": [(200, {"Cache-Control": "no-store, max-age=60"}, b"1")],
            "stale": [(200, {"Cache-Control": "max-age=0, stale-if-error=60"}, b"1"), BUSY],
            "plain": [(200, {}, b"1")],
        }
        uses = {"fresh": "hit", "capitals": "hit", "old": "miss", "ask": "revalidated", "gone": "hit",
                "secret": "miss", "stale": "stale", "plain": "miss"}
        with origin(**answers) as there:
            for path, use in uses.items():
                there.asked.clear()
                rows, done = self.rows(*FAST, "--retries", "0", "--repeat", "2", there.url + "/" + path,
                                       status=1 if path == "gone" else 0)
                self.assertEqual([row["cache"] for row in rows], ["miss", use], path)
                self.assertEqual(rows[0]["sha256"], rows[1]["sha256"])
                self.assertEqual(len(there.asked), 1 if use == "hit" else 2, path)
                self.assertEqual(rows[1]["attempts"], 0 if use == "hit" else 1)
                self.assertEqual(done["hits"], 1 if use == "hit" else 0)
                if path == "ask":
                    self.assertEqual(there.asked[1][2]["If-None-Match"], 'W/"1"')
            rows, _ = self.rows("--repeat", "2", "--cache", "0", there.url + "/fresh")
            self.assertEqual([row["cache"] for row in rows], ["miss", "miss"])
            rows, _ = self.rows("--repeat", "2", "--cache", "10", there.url + "/fresh")
            self.assertEqual([row["cache"] for row in rows], ["miss", "miss"], "larger than the cache")
            rows, _ = self.rows("--repeat", "2", "--flat-cache", "60", there.url + "/plain", there.url + "/secret")
            self.assertEqual([row["cache"] for row in rows], ["miss", "miss", "hit", "miss"])

    def test_rows_come_in_order(self):
        with server("--log-level", "off") as (_, address):
            url = "http://%s:%d" % address
            urls = [url + "/slow?seconds=0.3", url + "/bytes/1?seed=1", "http://127.0.0.1:1/", url + "/status/404"]
            lines = "\n".join(["", "  " + urls[2] + "\r", urls[3]]).encode()
            rows, done = self.rows(*FAST, "--repeat", "2", urls[0], urls[1], "-", status=1, stdin=lines)
            self.assertEqual([row["url"] for row in rows], urls * 2)
            self.assertEqual(done["requests"], 8)
            (row,), _ = self.rows("-", status=1, stdin=b"nonsense\n")
            self.assertEqual((row["url"], row["attempts"]), ("nonsense", 0))
            self.assertEqual(self.rows("-", stdin=b"")[0], [])

    def test_the_first_failure_may_cancel_the_rest(self):
        with server("--log-level", "off", "--drain", "0.1") as (_, address):
            url = "http://%s:%d" % address
            begin = time.monotonic()
            rows, _ = self.rows("--retries", "0", "--fail-fast", "--repeat", "2", url + "/slow?seconds=50",
                                url + "/drop", url + "/slow?seconds=50", status=1)
            self.assertLess(time.monotonic() - begin, 40)
            self.assertEqual([row["error"] == "cancelled" for row in rows],
                             [True, False, True, True, True, True])
            self.assertEqual([row["attempts"] for row in rows], [1, 1, 1, 0, 0, 0])

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_summary_that_is_lost_is_no_failure(self):
        with origin(a=[OK]) as there, open("/dev/full", "wb") as full:
            done = subprocess.run([EXECUTABLE, "client", "--summary", there.url + "/a"], timeout=LIMIT,
                                  stdout=subprocess.PIPE, stderr=full)
        self.assertEqual((done.returncode, json.loads(done.stdout)["status"]), (0, 200))

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_demo_whose_output_is_lost_is_an_error(self):
        self.assertEqual(onto_full_disk(),
                         (1, b"11_01b_resilient_client: write output: No space left on device\n"))

    def test_bad_usage_sends_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = "http://127.0.0.1:%d/" % listener.getsockname()[1]
            for arguments in ([], ["ftp://a/"], [url, "a b"], ["--method", "GE T", url], ["-H", "A", url],
                              ["-H", "Content-Length: 3", url], ["--concurrency", "0", url],
                              ["--per-origin", "0", url], ["--repeat", "0", url], ["--retries", "-1", url],
                              ["--retry-on", "x", url], ["--retry-on", "99", url], ["--timeout", "0", url],
                              ["--max-time", "0", url], ["--max-time", "nan", url], ["--max-time", "-nan", url],
                              ["--backoff", "-1", url], ["--cache", "-1", url], ["--flat-cache", "x", url],
                              ["--proxy", "https://a/", url], ["--cacert", "/nonexistent", url]):
                status, output, errors = client(*arguments)
                self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1), (arguments, errors))
            listener.setblocking(False)
            self.assertRaises(BlockingIOError, listener.accept)

    def test_a_password_is_sent_and_not_shown(self):
        with origin(a=[OK]) as there:
            (row,), _ = self.rows(there.url.replace("//", "//user:secret@") + "/a")
            self.assertEqual(row["url"], there.url + "/a")
            self.assertEqual(there.asked[0][2]["Authorization"],
                             "Basic " + base64.b64encode(b"user:secret").decode())

    @unittest.skipUnless(servers.OPENSSL, "openssl is not installed")
    def test_who_is_not_trusted_is_not_asked_again(self):
        with tempfile.TemporaryDirectory() as folder:
            servers.make_certificate(folder)
            with origin(certificate=folder, a=[OK]) as there:
                (row,), _ = self.rows(*FAST, there.url + "/a", status=1)
                self.assertEqual(row["attempts"], 1, row)
                self.assertIn("certificate verify failed", row["error"])
                self.assertEqual(there.asked, [])
                for arguments in ["--insecure"], ["--cacert", os.path.join(folder, "cert.pem")]:
                    rows, done = self.rows(*arguments, "--cache", "0", "--repeat", "3", there.url + "/a")
                    self.assertEqual([row["status"] for row in rows], [200] * 3)
                    self.assertEqual(done["connections"], 1)

    def test_through_a_proxy(self):
        with server("--log-level", "off") as (_, address):
            (row,), _ = self.rows("--proxy", "http://%s:%d" % address, "--body", "http://elsewhere.test/get")
            self.assertEqual(json.loads(row["body"])["url"], "http://elsewhere.test/get")

    def test_an_interrupt_ends_it(self):
        with server("--log-level", "off", "--drain", "0.1") as (_, address):
            url = "http://%s:%d" % address
            process = subprocess.Popen([EXECUTABLE, "client", url + "/bytes/1", url + "/slow?seconds=50"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(json.loads(process.stdout.readline())["status"], 200)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=LIMIT)
            self.assertEqual((process.returncode, output, errors), (130, b"", b""))

    def test_many_over_few_connections(self):
        with server("--log-level", "off") as (_, address):
            rows, done = self.rows("--concurrency", "500", "--per-origin", "50", "--cache", "0",
                                   *["http://%s:%d/bytes/100?seed=1" % address] * 500)
            self.assertEqual({row["status"] for row in rows}, {200})
            self.assertLessEqual(done["connections"], 50)

    @unittest.skipUnless(servers.HAS_HTTPBIN, "python3-httpbin with gunicorn and gevent is not installed")
    def test_python_httpbin(self):
        with servers.python_httpbin() as address:
            url = "http://%s:%d" % address
            (row,), _ = self.rows(*FAST, url + "/status/503", status=1)
            self.assertEqual((row["status"], row["attempts"]), (503, 4))
            (row,), _ = self.rows("--timeout", "0.3", "--retries", "1", *FAST, url + "/delay/3", status=1)
            self.assertEqual((row["error"], row["attempts"]), ("timed out after 0.3 s", 2))
            rows, _ = self.rows("--repeat", "2", url + "/cache/60", url + "/etag/t", url + "/cache/0")
            self.assertEqual([row["cache"] for row in rows[3:]], ["hit", "revalidated", "miss"])

    @unittest.skipUnless(NGINX, "nginx is not installed")
    def test_nginx(self):
        with ExitStack() as cleaned:
            folder = cleaned.enter_context(tempfile.TemporaryDirectory())
            os.chmod(folder, 0o755)
            with open(os.path.join(folder, "new"), "w") as file:
                file.write("new")
            with open(os.path.join(folder, "old"), "w") as file:
                file.write("old")
            os.utime(os.path.join(folder, "old"), (1e9, 1e9))
            future = time.time() + 100  # later than Date: no heuristic
            os.utime(os.path.join(folder, "new"), (future, future))
            port = cleaned.enter_context(servers.configured(
                [NGINX, "-c", os.path.join(folder, "conf"), "-p", folder, "-e", "stderr"],
                os.path.join(folder, "conf"), """
                daemon off; master_process off; pid %(folder)s/pid; error_log stderr;
                events {}
                http { access_log off; client_body_temp_path %(folder)s/1; proxy_temp_path %(folder)s/2;
                       fastcgi_temp_path %(folder)s/3; uwsgi_temp_path %(folder)s/4; scgi_temp_path %(folder)s/5;
                       server { listen 127.0.0.1:PORT; root %(folder)s; keepalive_requests 3; } }
                """ % {"folder": folder}))
            url = "http://127.0.0.1:%d" % port
            rows, done = self.rows("--repeat", "2", url + "/new", url + "/old")
            self.assertEqual([row["cache"] for row in rows], ["miss", "miss", "revalidated", "hit"])
            rows, done = self.rows("--cache", "0", "--concurrency", "1", *[url + "/new"] * 9)
            self.assertEqual({row["status"] for row in rows}, {200})
            self.assertEqual((done["connections"], done["retries"]), (3, 0))


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cleaned = ExitStack()
        cls.addClassCleanup(cls.cleaned.close)
        _, address = cls.cleaned.enter_context(server("--log-level", "off"))
        cls.address, cls.url = address, "http://%s:%d" % address

    def test_pages_of_any_origin_may_read_it(self):
        for path in "/get", "/flaky/0":
            with urllib.request.urlopen(self.url + path, timeout=LIMIT) as response:
                self.assertEqual(response.headers["Access-Control-Allow-Origin"], "*", path)

    def test_flaky(self):
        statuses = []
        for _ in range(4):
            try:
                with urllib.request.urlopen(self.url + "/flaky/2?key=urllib&status=502&retry_after=3",
                                            timeout=LIMIT) as response:
                    statuses.append((response.status, response.headers["Retry-After"]))
            except urllib.error.HTTPError as error:
                statuses.append((error.code, error.headers["Retry-After"]))
        self.assertEqual(statuses, [(502, "3"), (502, "3"), (200, None), (200, None)])

    def test_drop_and_truncate(self):
        for path, least in ("/drop", 0), ("/truncate", 1000):
            with socket.create_connection(self.address, LIMIT) as connection:
                connection.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode())
                received = b"".join(iter(lambda: connection.recv(65536), b""))
                self.assertEqual(len(received.partition(b"\r\n\r\n")[2]), least)

    @unittest.skipUnless(servers.has_packages("requests"), "python3-requests is not installed")
    def test_requests_with_urllib3s_retry(self):
        done = subprocess.run([servers.SYSTEM_PYTHON, "-c", REQUESTS, self.url], timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    @unittest.skipUnless(servers.has_packages("aiohttp"), "python3-aiohttp is not installed")
    def test_aiohttp(self):
        done = subprocess.run([servers.SYSTEM_PYTHON, "-c", AIOHTTP, self.url], timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


# The chapter's session.
REQUESTS = r'''
import sys, requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry
url = sys.argv[1]
session = requests.Session()
session.mount("http://", HTTPAdapter(max_retries=Retry(
    total=3, backoff_factor=0.01, status_forcelist=[429, 500, 502, 503, 504])))
response = session.get(url + "/flaky/3?key=requests")
assert response.status_code == 200 and response.json()["attempt"] == 4, response.text
try:
    session.get(url + "/flaky/4?key=more")
    assert False
except requests.exceptions.RetryError:
    pass
assert session.post(url + "/flaky/1?key=post").status_code == 503
tag = session.get(url + "/etag").headers["ETag"]
assert session.get(url + "/etag", headers={"If-None-Match": tag}).status_code == 304
for path in ("/drop", "/truncate"):
    try:
        requests.get(url + path).raise_for_status()
        assert path == "/truncate"  # requests before 2.32 takes half of a body for the whole
    except requests.exceptions.RequestException:
        pass
'''

# The chapter's asynchronous client.
AIOHTTP = r'''
import asyncio, sys, aiohttp
async def main(url):
    async with aiohttp.ClientSession() as session:
        async def get(path):
            async with session.get(url + path) as response:
                return await response.read()
        results = await asyncio.gather(*(get("/bytes/10") for _ in range(50)), get("/drop"), get("/truncate"),
                                       return_exceptions=True)
        assert [len(body) for body in results[:50]] == [10] * 50
        assert isinstance(results[50], aiohttp.ClientError), results[50]
        assert isinstance(results[51], aiohttp.ClientError), results[51]
asyncio.run(main(sys.argv[1]))
'''


if __name__ == "__main__":
    unittest.main()
