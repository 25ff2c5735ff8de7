"""11.1 HTTP client, its client: at servers and proxies that others have written. CPython's http.server
is always there; python3-httpbin, nginx, tinyproxy, openssl and curl are used where they are installed."""
import gzip
import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import ExitStack, contextmanager

from recipe import EXECUTABLE, LIMIT, accepting, client, onto_full_disk

SYSTEM_PYTHON = "/usr/bin/python3"  # the one that Debian's packages are for
# Debian has servers where only root looks.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
NGINX = shutil.which("nginx", path=PATH)
TINYPROXY = shutil.which("tinyproxy", path=PATH)
OPENSSL = shutil.which("openssl", path=PATH)
CURL = shutil.which("curl", path=PATH)


def has_packages(*modules, code=""):
    """Whether the system's Python can import the modules, and then the code holds."""
    check = "import %s\n%s" % (", ".join(modules), code)
    try:
        return subprocess.run([SYSTEM_PYTHON, "-c", check], stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        return False


HAS_HTTPBIN = has_packages(
    "httpbin", "gunicorn", "gevent",
    code="import importlib.metadata as m; assert m.version('httpbin').startswith('0.7')")


@contextmanager
def process(command, announcement, stream, folder=None):
    """Runs a server, in a folder, that says on one of its streams where it listens: what the
    announcement's groups match there."""
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, bufsize=1, cwd=folder,
                               **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
                                  stream: subprocess.PIPE})
    try:
        for line in getattr(running, stream):
            found = re.search(announcement, line)
            if found:
                yield found.groups()
                return
        raise AssertionError("%s has ended" % command[0])
    finally:
        running.terminate()
        running.communicate()


@contextmanager
def configured(command, file, configuration):
    """Runs a server that is given its port: PORT in the text of its configuration."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with open(file, "w", encoding="ascii") as text:
        text.write(configuration.replace("PORT", str(port)))
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + LIMIT
        while running.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)  # it does not say when it is ready
        yield port
    finally:
        running.terminate()
        running.wait()


@contextmanager
def python_httpbin():
    """Runs python3-httpbin on a free port: its address."""
    command = [SYSTEM_PYTHON, "-m", "gunicorn", "-k", "gevent", "-b", "127.0.0.1:0", "httpbin:app"]
    with process(command, r"Listening at: http://([\d.]+):(\d+)", "stderr") as (host, port):
        yield host, int(port)


def make_certificate(folder):
    """A certificate for 127.0.0.1 that vouches for itself, cert.pem, and its key, key.pem."""
    subprocess.run(
        [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", os.path.join(folder, "key.pem"), "-out", os.path.join(folder, "cert.pem"),
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class OtherServers(unittest.TestCase):
    def setUp(self):
        cleaned = ExitStack()
        self.addCleanup(cleaned.close)
        self.folder = cleaned.enter_context(tempfile.TemporaryDirectory())
        self.maxDiff = None

    def file(self, name, content=None):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return path

    def fetch(self, *arguments, stdin=b""):
        """What the client writes on stdout, and what its summaries say."""
        status, output, errors = client("--summary", *arguments, stdin=stdin)
        self.assertEqual(status, 0, (arguments, errors))
        return output, [json.loads(line) for line in errors.splitlines()]

    def failure(self, *arguments):
        """The line on stderr of a client that fails."""
        status, output, errors = client(*arguments)
        self.assertEqual((status, errors.count(b"\n")), (1, 1), (arguments, output, errors))
        return errors.decode()

    def test_bad_usage_sends_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            authority = "127.0.0.1:%d" % listener.getsockname()[1]
            url = "http://%s/" % authority
            for arguments in [
                    [], ["GET"], ["GE T", url], ["GE\r\nT", url],
                    ["GET", "ftp://%s/" % authority], ["GET", authority], ["GET", "http:///a"],
                    ["GET", url + "a b"], ["GET", url + "\x01"], ["GET", url + "a\r\nb"],
                    ["GET", "http://a%%0d%%0a@%s%%0d%%0a/" % authority], ["GET", "http://[::1/"],
                    ["GET", "http://user:secret@a b/"], ["GET", url, "http://user:secret@/"],
                    ["-H", "A B: c", "GET", url], ["-H", "A: b\r\nC: d", "GET", url],
                    ["-H", "A", "GET", url], ["-H", ": b", "GET", url], ["-H", "\xe9:", "GET", url],
                    ["-H", "Content-Length: 3", "GET", url], ["-H", "content-length:", "POST", url],
                    ["-H", "transfer-encoding: chunked", "GET", url],
                    ["-b", "a=secret\r\nb", "GET", url], ["-b", "a=secret\tb", "GET", url],
                    ["-u", "a\nb:secret", "GET", url], ["CONNECT", url], ["-p", "a", "GET", url],
                    ["-d", "a=1", "--json", "1", "POST", url], ["-F", "a=1", "-d", "b=2", "POST", url],
                    ["--body", "a", "--json", "1", "POST", url], ["--body", "@/none", "POST", url],
                    ["-F", "a=@/none", "POST", url], ["-F", "=a", "POST", url],
                    ["-F", "a=@%s;type=a\r\nb" % self.file("f", b""), "POST", url],
                    ["--cacert", "/none", "GET", url], ["--proxy", "https://" + authority, "GET", url],
                    ["--proxy", url + "path", "GET", url], ["--max-redirects", "-1", "GET", url],
                    ["--read-timeout", "soon", "GET", url], ["--max-body", "-1", "GET", url]]:
                with self.subTest(arguments):
                    status, output, errors = client(*arguments)
                    self.assertEqual((status, output), (2, b""), errors)
                    self.assertNotIn(b"secret", errors)
            listener.setblocking(False)
            self.assertRaises(BlockingIOError, listener.accept)

    def test_a_server_cannot_write_on_the_terminal(self):
        def talk(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 404 \x1b[2Jgone\r\nContent-Length: 0\r\n\r\n")
        with accepting(talk) as (host, port):
            url = "http://%s:%d/" % (host, port)
            self.assertEqual(self.failure("--fail", "GET", url),
                             "11_01_http_client: GET %s: 404 \\x1b[2Jgone\n" % url)
            refused = self.failure("--proxy", url, "GET", "https://a/")
            self.assertIn(": 404 \\x1b[2Jgone: the proxy refused the tunnel", refused)

    def test_a_closed_stdout_is_an_error(self):
        def talk(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
            try:
                connection.sendall(b"b" * 10000000)
            except OSError:
                pass  # the client is gone
        with accepting(talk) as (host, port):
            url = "http://%s:%d/" % (host, port)
            with subprocess.Popen([EXECUTABLE, "client", "GET", url], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as running:
                running.stdout.read(1)
                running.stdout.close()
                self.assertEqual(running.stderr.read().decode(),
                                 "11_01_http_client: GET %s: write output: Broken pipe\n" % url)
                self.assertEqual(running.wait(LIMIT), 1)

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_demo_whose_output_is_lost_is_an_error(self):
        self.assertEqual(onto_full_disk(),
                         (1, b"11_01_http_client: write output: No space left on device\n"))

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_summary_that_is_lost_is_no_failure(self):
        def talk(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        with accepting(talk) as (host, port), open("/dev/full", "wb") as full:
            url, copy = "http://%s:%d/" % (host, port), self.file("copy")
            done = subprocess.run([EXECUTABLE, "client", "--summary", "-o", copy, "GET", url, url],
                                  stderr=full, timeout=LIMIT)
            self.assertEqual(done.returncode, 0)
            with open(copy, "rb") as file:
                self.assertEqual(file.read(), b"hello" * 2)

    def test_http_server(self):
        content = bytes(range(256)) * 1000
        os.mkdir(self.file("folder"))
        self.file("folder/index.html", b"index")
        self.file("a b", content)
        command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1",
                   "--directory", self.folder]
        with process(command, r"http://127\.0\.0\.1:(\d+)/", "stdout") as (port,):
            url = "http://127.0.0.1:%s" % port
            output, summaries = self.fetch("GET", url + "/a%20b", url + "/folder")
            self.assertEqual(output, content + b"index", "each on a connection of HTTP/1.0")
            self.assertEqual([one["url"] for one in summaries],
                             [url + "/a%20b", url + "/folder/"])
            self.assertEqual(summaries[1]["history"], [{"status": 301, "url": url + "/folder"}])
            output, summaries = self.fetch("-i", "HEAD", url + "/folder/")
            self.assertTrue(output.startswith(b"HTTP/1.0 200 OK\r\nServer: SimpleHTTP/"), output)
            self.assertTrue(output.endswith(b"\r\n\r\n"), output)
            copy = self.file("copy", b"old")
            os.chmod(copy, 0o640)
            self.fetch("-o", copy, "GET", url + "/a%20b")
            with open(copy, "rb") as file:
                self.assertEqual(file.read(), content)
            self.assertEqual(os.stat(copy).st_mode & 0o777, 0o640, "a new file, the old permissions")
            self.assertEqual(self.failure("--fail", "-o", copy, "GET", url + "/none"),
                             "11_01_http_client: GET %s/none: 404 File not found\n" % url)
            self.assertTrue(os.path.getsize(copy) == len(content), "a failure leaves the old file")
            output, summaries = self.fetch("POST", url + "/a")
            self.assertEqual(summaries[0]["status"], 501)

    @unittest.skipUnless(HAS_HTTPBIN, "python3-httpbin 0.7 is not installed")
    def test_httpbin(self):
        with python_httpbin() as address:
            url = "http://%s:%d" % address

            def shown(*arguments, **more):
                return json.loads(self.fetch(*arguments, **more)[0])
            self.assertEqual(shown("-p", "a=1", "-p", "a=Zoë &", "GET", url + "/get?b=2")["args"],
                             {"a": ["1", "Zoë &"], "b": "2"})
            self.assertEqual(shown("-d", "a=1", "-d", "b=é", "POST", url + "/post")["form"],
                             {"a": "1", "b": "é"})
            self.assertEqual(shown("--json", '{"a": [1]}', "PATCH", url + "/patch")["json"], {"a": [1]})
            binary = self.file("b\"1.bin", b"\xff\x00")
            form = shown("-F", "a=1", "-F", "f=@%s;type=x/y" % binary, "POST", url + "/post")
            self.assertEqual((form["form"], form["files"]), ({"a": "1"}, {"f": "data:x/y;base64,/wA="}))
            chunked = shown("--body", "@-", "PUT", url + "/put", stdin=b"piece" * 100000)
            self.assertEqual(chunked["data"], "piece" * 100000)
            self.assertEqual(chunked["headers"]["Transfer-Encoding"], "chunked")
            jar = self.file("jar")
            self.assertEqual(shown("-c", jar, "GET", url + "/cookies/set?a=1&b=2"),
                             {"cookies": {"a": "1", "b": "2"}})
            self.assertEqual(shown("-b", "c=3", "GET", url + "/cookies"), {"cookies": {"c": "3"}})
            _, summaries = self.fetch("GET", url + "/redirect/5", url + "/absolute-redirect/2")
            self.assertEqual([len(one["history"]) for one in summaries], [5, 2])
            self.assertIn("too many redirects", self.failure("--max-redirects", "4", "GET", url + "/redirect/5"))
            self.assertEqual(shown("-d", "a=1", "POST",
                                   url + "/redirect-to?url=/post&status_code=307")["form"], {"a": "1"})
            self.assertEqual(shown("-d", "a=1", "POST",
                                   url + "/redirect-to?url=/get&status_code=302")["args"], {})
            self.assertIs(shown("GET", url + "/gzip")["gzipped"], True)
            self.assertIs(shown("GET", url + "/deflate")["deflated"], True)
            raw = self.fetch("--raw", "GET", url + "/gzip")[0]
            self.assertIs(json.loads(gzip.decompress(raw))["gzipped"], True)
            self.assertIn("br", self.fetch("--raw", "-i", "GET", url + "/brotli")[0].decode("latin-1"))
            self.assertIn("content coding that is not known", self.failure("GET", url + "/brotli"))
            self.assertEqual(shown("-u", "u:pä:ss", "GET", url + "/basic-auth/u/p%C3%A4:ss")["user"], "u")
            self.assertEqual(self.fetch("GET", url + "/basic-auth/u/p")[1][0]["status"], 401)
            self.assertEqual(self.fetch("GET", url + "/stream/20")[0].count(b"\n"), 20)
            self.assertEqual(self.fetch("GET", url + "/drip?numbytes=5&duration=1")[0], b"*****")
            self.assertIn("timed out", self.failure("--read-timeout", "0.2", "GET", url + "/delay/10"))
            self.assertIn("larger than allowed", self.failure("--max-body", "99", "GET", url + "/bytes/100"))
            self.assertEqual(self.fetch("HEAD", url + "/get")[0], b"")
            self.assertEqual(self.fetch("DELETE", url + "/status/204")[1][0]["status"], 204)

    @unittest.skipUnless(NGINX and OPENSSL, "nginx or openssl is not installed")
    def test_nginx(self):
        make_certificate(self.folder)
        self.file("large.txt", b"text " * 100000)
        os.mkdir(self.file("folder"))
        self.file("folder/index.html", b"index")
        configuration = NGINX_CONFIGURATION.replace("FOLDER", self.folder)
        command = [NGINX, "-c", self.file("nginx.conf"), "-e", self.file("errors")]
        with configured(command, self.file("nginx.conf"), configuration) as port:
            url = "https://127.0.0.1:%d" % port
            trust = ["--cacert", self.file("cert.pem")]
            output, summaries = self.fetch(*trust, "GET", url + "/large.txt", url + "/connection",
                                           url + "/folder", url + "/connection")
            shown = re.fullmatch(rb"(text ){100000}(\d+) 2index(\d+) 5", output)
            self.assertTrue(shown, output[500000:])
            self.assertEqual(shown[2], shown[3], "all five requests go over one connection")
            fields = dict(summaries[0]["headers"])
            self.assertEqual((fields["Content-Encoding"], fields["Transfer-Encoding"]),
                             ("gzip", "chunked"))
            self.assertEqual(summaries[2]["history"][0]["status"], 301)
            _, summaries = self.fetch(*trust, "--body", "@" + self.file("large.txt"), "POST",
                                      url + "/small")
            self.assertEqual(summaries[0]["status"], 413)
            self.assertIn("certificate verify failed", self.failure("GET", url + "/connection"))
            self.assertEqual(self.fetch("--insecure", "GET", url + "/connection")[0][-2:], b" 1")

    @unittest.skipUnless(TINYPROXY and OPENSSL, "tinyproxy or openssl is not installed")
    def test_tinyproxy(self):
        make_certificate(self.folder)
        self.file("page", b"page")
        plain = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1",
                 "--directory", self.folder]
        with ExitStack() as running:
            (port,) = running.enter_context(process(plain, r"http://127\.0\.0\.1:(\d+)/", "stdout"))
            (tls_port,) = running.enter_context(self.s_server("-WWW"))
            proxy_port = running.enter_context(configured(
                [TINYPROXY, "-d", "-c", self.file("tinyproxy.conf")], self.file("tinyproxy.conf"),
                "Port PORT\nListen 127.0.0.1\nAllow 127.0.0.1\nBasicAuth user password\n"))
            proxy = ["--proxy", "http://user:password@127.0.0.1:%d" % proxy_port,
                     "--cacert", self.file("cert.pem")]
            output, summaries = self.fetch(*proxy, "GET", "http://127.0.0.1:%s/page" % port)
            self.assertEqual(output, b"page")
            self.assertIn("tinyproxy", dict(summaries[0]["headers"])["Via"])
            output, _ = self.fetch(*proxy, "GET", "https://127.0.0.1:%s/page" % tls_port)
            self.assertEqual(output, b"page")
            stranger = ["--proxy", "http://127.0.0.1:%d" % proxy_port]
            refused = self.failure(*stranger, "GET", "https://127.0.0.1:%s/page" % tls_port)
            self.assertIn("proxy 127.0.0.1:%d: 407" % proxy_port, refused)
            _, summaries = self.fetch(*stranger, "GET", "http://127.0.0.1:%s/page" % port)
            self.assertEqual(summaries[0]["status"], 407)

    def s_server(self, *arguments):
        command = [OPENSSL, "s_server", "-accept", "127.0.0.1:0", "-cert", self.file("cert.pem"),
                   "-key", self.file("key.pem"), *arguments]
        return process(command, r"ACCEPT [\d.]+:(\d+)", "stdout", self.folder)  # whose files -WWW shows

    @unittest.skipUnless(OPENSSL, "openssl is not installed")
    def test_s_server(self):
        make_certificate(self.folder)
        self.file("page", b"page " * 10000)
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version), self.s_server("-WWW", version) as (port,):
                output, _ = self.fetch("--cacert", self.file("cert.pem"), "GET",
                                       "https://127.0.0.1:%s/page" % port)
                self.assertEqual(output, b"page " * 10000, "a close_notify ends the body")
        with self.s_server("-www", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0") as (port,):
            self.assertIn("handshake with 127.0.0.1", self.failure(
                "--cacert", self.file("cert.pem"), "GET", "https://127.0.0.1:%s/" % port))

    def test_cookie_files_are_those_of_http_cookiejar(self):
        jar = self.file("jar")
        theirs = http.cookiejar.MozillaCookieJar(jar)
        theirs.set_cookie(http.cookiejar.Cookie(
            0, "a", "1", None, False, "127.0.0.1", False, False, "/", True, False, 4000000000, False,
            None, None, {}))
        theirs.save()
        command = [sys.executable, "-c", COOKIE_SERVER]
        with process(command, r"(\d+)", "stdout") as (port,):
            output, _ = self.fetch("-c", jar, "GET", "http://127.0.0.1:%s/" % port)
        self.assertEqual(output, b"a=1")
        theirs.clear()
        theirs.load()
        self.assertEqual({cookie.name: cookie.value for cookie in theirs}, {"a": "1", "b": "2"})
        self.assertEqual(os.stat(jar).st_mode & 0o777, 0o600)

    @unittest.skipUnless(CURL, "curl is not installed")
    def test_cookie_files_are_those_of_curl(self):
        jar = self.file("jar")
        command = [sys.executable, "-c", COOKIE_SERVER]
        with process(command, r"(\d+)", "stdout") as (port,):
            url = "http://127.0.0.1:%s/" % port

            def curl():
                return subprocess.run([CURL, "-sS", "-b", jar, "-c", jar, url], check=True,
                                      stdout=subprocess.PIPE, timeout=LIMIT).stdout
            self.assertEqual(curl(), b"none")
            self.assertEqual(sorted(self.fetch("-c", jar, "GET", url)[0].split(b"; ")),
                             [b"b=2", b"c=3"], "curl keeps the session's cookies, too")
            self.assertEqual(curl(), b"b=2", "and ours end with the session")


# Says which cookies it gets, and gives one that stays and one that goes with the session.
COOKIE_SERVER = r'''
import http.server

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Set-Cookie", "b=2; Max-Age=1000; HttpOnly")
        self.send_header("Set-Cookie", "c=3")
        self.end_headers()
        self.wfile.write(self.headers.get("Cookie", "none").encode())

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
'''

NGINX_CONFIGURATION = """
daemon off;
master_process off;
pid FOLDER/pid;
events {}
http {
    access_log off;
    default_type text/plain;
    client_body_temp_path FOLDER/1;
    proxy_temp_path FOLDER/2;
    fastcgi_temp_path FOLDER/3;
    uwsgi_temp_path FOLDER/4;
    scgi_temp_path FOLDER/5;
    gzip on;
    gzip_types *;
    server {
        listen 127.0.0.1:PORT ssl;
        ssl_certificate FOLDER/cert.pem;
        ssl_certificate_key FOLDER/key.pem;
        root FOLDER;
        location /connection { return 200 "$connection $connection_requests"; }
        location /small { client_max_body_size 1k; return 200 "small"; }
    }
}
"""
