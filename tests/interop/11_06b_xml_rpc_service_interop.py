"""Recipe 11.6b beside CPython's xmlrpc, both ways, xmlrpc-c's client and curl. Python 3.8 and newer."""

import base64
import ctypes
import datetime
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xmlrpc.client
from contextlib import ExitStack, contextmanager
from xmlrpc.server import SimpleXMLRPCServer

import recipe
from recipe import EXECUTABLE, LIMIT

# The certificates are recipe 11.10's, which lies beside.
TLS = os.path.join(os.path.dirname(EXECUTABLE), "11_10_tls")
XMLRPC = shutil.which("xmlrpc")
CURL = shutil.which("curl")
QUIET = ("--log-level", "off")
PASSWORD = "pä:ss word"
OPENAT2 = 437  # on every architecture


def url(address, path="/RPC2"):
    return "http://%s:%d%s" % (*address, path)


def proxy(address, path="/RPC2", user=None, **options):
    if user:
        token = base64.b64encode(("%s:%s" % user).encode()).decode()
        options["headers"] = [("Authorization", "Basic " + token)]
    return xmlrpc.client.ServerProxy(url(address, path), allow_none=True, **options)


def run(*arguments, stdin=b"", **options):
    """Runs the executable to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([EXECUTABLE, *arguments], input=stdin, timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    return done.returncode, done.stdout, done.stderr


def user_line(name, *roles, password=PASSWORD):
    status, output, errors = run("passwd", name, *roles, stdin=password.encode() + b"\nmore\n")
    assert (status, errors) == (0, b""), errors
    return output.decode()


def fault_of(function):
    """The code of the fault that a call ends with."""
    try:
        result = function()
    except xmlrpc.client.Fault as fault:
        return fault.faultCode
    raise AssertionError("it returned %r" % (result,))


class Folder(unittest.TestCase):
    """A case with files: a root, its sibling, and users."""

    @classmethod
    def setUpClass(cls):
        running = ExitStack()
        cls.addClassCleanup(running.close)
        cls.running = running
        cls.folder = running.enter_context(tempfile.TemporaryDirectory())
        os.makedirs(cls.file("root", "folder"))
        os.makedirs(cls.file("root-sibling"))
        cls.write(b"Hello\n", "root", "a.txt")
        cls.write(b"secret", "root-sibling", "secret")
        os.symlink("../root-sibling", cls.file("root", "out"))
        cls.write(user_line("guido", "admin").encode() + user_line("Zoë", "files").encode() +
                  user_line("nobody").encode(), "users")
        cls.write(PASSWORD.encode() + b"\n", "password")

    @classmethod
    def file(cls, *names):
        return os.path.join(cls.folder, *names)

    @classmethod
    def write(cls, content, *names):
        with open(cls.file(*names), "wb") as file:
            file.write(content)


class CppServer(Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        _, cls.address = cls.running.enter_context(recipe.server(
            *QUIET, "--root", cls.file("root"), "--users", cls.file("users"),
            "--rate", "1000000", "--burst", "1000000"))

    def test_the_original(self):
        with proxy(self.address) as s:
            self.assertEqual(s.calculator.add(10, 5), 15)
            self.assertEqual(s.calculator.subtract(10, 5), 5)
            self.assertEqual(s.calculator.multiply(10, 5), 50)
            self.assertEqual(s.calculator.divide(10, 5), 2.0)
            self.assertIsInstance(s.calculator.divide(10, 5), float)
            self.assertEqual(fault_of(lambda: s.calculator.divide(1, 0)), 1)
            self.assertEqual(s.string.uppercase("Hello XML-RPC é я ß"), "HELLO XML-RPC É Я ß")
            self.assertEqual(s.string.lowercase("Hello XML-RPC"), "hello xml-rpc")
            self.assertEqual(s.string.reverse("Hello 語"), "Hello 語"[::-1])
            self.assertEqual(s.system.echo("테스트 메시지", 3), "테스트 메시지 " * 3)
            self.assertEqual(s.system.echo("test"), "test ")
            written = datetime.datetime.strptime(s.system.time(), "%Y-%m-%d %H:%M:%S")
            self.assertLess(abs(datetime.datetime.now() - written), datetime.timedelta(seconds=60))
            self.assertEqual(s.system.time(""), "")

    def test_its_multicall(self):
        with proxy(self.address) as s:
            calls = xmlrpc.client.MultiCall(s)
            calls.calculator.add(10, 20)
            calls.string.uppercase("hello")
            calls.system.echo("multicall test", 2)
            calls.calculator.divide(1, 0)
            calls.file.list()
            calls.none()
            results = calls()
            self.assertEqual([results[i] for i in range(3)],
                             [30, "HELLO", "multicall test multicall test "])
            self.assertEqual([fault_of(lambda i=i: results[i]) for i in (3, 4, 5)], [1, 403, -32601])
            for calls, codes in (
                    ([{"methodName": "system.multicall", "params": [[]]}], [-32600]),
                    ([5, {}, {"methodName": 1, "params": []}, {"methodName": "system.time"}],
                     [-32602] * 4)):
                self.assertEqual([one["faultCode"] for one in s.system.multicall(calls)], codes)
            thousand = [{"methodName": "calculator.add", "params": [i, 1]} for i in range(1000)]
            self.assertEqual(s.system.multicall(thousand), [[i + 1] for i in range(1000)])
            self.assertEqual(fault_of(lambda: s.system.multicall(thousand + thousand[:1])), -32602)

    def test_results_have_a_limit_together(self):
        with proxy(self.address) as s:
            results = s.system.multicall(
                [{"methodName": "system.echo", "params": ["", 1 << 20]}] * 100)
        sizes = [len(one[0]) if isinstance(one, list) else 0 for one in results]
        self.assertEqual(sizes, [1 << 20] * 4 + [0] * 96)
        self.assertEqual({one["faultCode"] for one in results[4:]}, {-32602})

    def test_userlands_suite(self):
        stooges = {"moe": 1, "larry": 2, "curly": 3}
        with proxy(self.address, use_builtin_types=True) as s:
            suite = s.validator1
            self.assertEqual(suite.arrayOfStructsTest([stooges] * 5), 15)
            self.assertEqual(suite.countTheEntities("<>&'\"&"),
                             {"ctLeftAngleBrackets": 1, "ctRightAngleBrackets": 1,
                              "ctAmpersands": 2, "ctApostrophes": 1, "ctQuotes": 1})
            self.assertEqual(suite.easyStructTest(stooges), 6)
            self.assertEqual(suite.echoStructTest({"a": stooges}), {"a": stooges})
            values = [1, True, "a", 2.5, datetime.datetime(2026, 1, 2, 3, 4, 5), b"\0\xff"]
            self.assertEqual(suite.manyTypesTest(*values), values)
            self.assertEqual(suite.moderateSizeArrayCheck(["a"] + ["b"] * 150 + ["c"]), "ac")
            self.assertEqual(suite.nestedStructTest({"2000": {"04": {"01": stooges}}}), 6)
            self.assertEqual(suite.simpleStructReturnTest(3),
                             {"times10": 30, "times100": 300, "times1000": 3000})

    def test_who_may_call_what(self):
        free = {"system.listMethods", "calculator.add", "validator1.easyStructTest"}
        for user, expected in ((None, set()), (("nobody", PASSWORD), set()),
                               (("Zoë", PASSWORD), {"file.list", "file.info"}),
                               (("guido", PASSWORD), {"file.list", "file.info", "system.info",
                                                      "system.shutdown"})):
            with proxy(self.address, user=user) as s:
                names = s.system.listMethods()
                self.assertEqual(names, sorted(names))
                self.assertLessEqual(free | expected, set(names))
                roles = {"file.list", "file.info", "system.info", "system.shutdown"}
                self.assertEqual(roles & set(names), expected)
                for name in roles - expected:
                    with self.assertRaisesRegex(xmlrpc.client.Fault, name + " needs the role") as e:
                        getattr(s, name)()
                    self.assertEqual(e.exception.faultCode, 403)
                    self.assertEqual(fault_of(lambda: s.system.methodHelp(name)), -32601)
                self.assertEqual(s.system.methodSignature("validator1.easyStructTest"),
                                 [["int", "struct"]])
                self.assertEqual(s.system.methodSignature("calculator.add"), "undef")
                self.assertTrue(s.system.methodHelp("calculator.add").endswith("."))
        with proxy(self.address, user=("guido", PASSWORD)) as s:
            info = s.system.info()
            self.assertEqual(info["platform"], sys.platform)
            self.assertEqual(info["hostname"], os.uname().nodename)

    def test_wrong_passwords(self):
        for user in (("guido", "x"), ("none", PASSWORD), ("guido", PASSWORD + "x"), ("", "")):
            with proxy(self.address, user=user) as s:
                with self.assertRaises(xmlrpc.client.ProtocolError) as caught:
                    s.system.time()
                self.assertEqual(caught.exception.errcode, 401)
                self.assertTrue(caught.exception.headers["WWW-Authenticate"].startswith("Basic "))
        with self.assertRaises(xmlrpc.client.ProtocolError), \
                xmlrpc.client.ServerProxy(url(self.address).replace("//", "//guido:x@")) as s:
            s.system.time()

    def test_files(self):
        with proxy(self.address, user=("Zoë", PASSWORD), use_builtin_types=True) as s:
            self.assertEqual(s.file.list(), ["a.txt", "folder", "out"])
            self.assertEqual(s.file.list("folder"), [])
            info = s.file.info("folder/../a.txt")
            self.assertEqual((info["filename"], info["size"], info["is_file"], info["is_dir"]),
                             ("folder/../a.txt", 6, True, False))
            modified = datetime.datetime.fromtimestamp(os.stat(self.file("root", "a.txt")).st_mtime)
            self.assertEqual(info["modified"], modified.replace(microsecond=0))
            for path in ("..", "/etc/passwd", "../root-sibling/secret", "out", "out/secret",
                         self.file("root", "a.txt")):
                self.assertEqual(fault_of(lambda: s.file.info(path)), 2, path)
                self.assertEqual(fault_of(lambda: s.file.list(path)), 2, path)
            self.assertEqual(fault_of(lambda: s.file.list("a.txt")), 3)
            self.assertEqual(fault_of(lambda: s.file.list("none")), 3)
            for path in ("none", "a.txt/x", "x" * 300, "%2e%2e"):
                self.assertEqual(fault_of(lambda: s.file.info(path)), 4, path)
            self.assertEqual(fault_of(lambda: s.file.info(b"a.txt")), -32602)

    def test_names_that_are_no_text(self):
        name = os.path.join(os.fsencode(self.file("root", "folder")), b"\xff")
        with open(name, "wb"), proxy(self.address, user=("Zoë", PASSWORD),
                                     use_builtin_types=True) as s:
            self.assertEqual(s.file.list("folder"), [b"\xff"])
        os.unlink(name)

    def test_paths_and_methods(self):
        for method, path, status in (("POST", "/", 404), ("POST", "/rpc2", 404), ("GET", "/RPC2", 405),
                                     ("POST", "/xmlrpc", 200)):
            connection = http.client.HTTPConnection(*self.address, timeout=LIMIT)
            connection.request(method, path, xmlrpc.client.dumps((), "system.time"))
            self.assertEqual(connection.getresponse().status, status)
            connection.close()

    def test_a_hundred_calls_on_one_connection_cost_one_check(self):
        token = base64.b64encode(("guido:" + PASSWORD).encode()).decode()
        connection = http.client.HTTPConnection(*self.address, timeout=LIMIT)
        begin = time.monotonic()
        for _ in range(100):
            connection.request("POST", "/RPC2", xmlrpc.client.dumps((), "system.time"),
                               {"Authorization": "Basic " + token})
            response = connection.getresponse()
            self.assertEqual(response.status, 200)
            response.read()
        connection.close()
        self.assertLess(time.monotonic() - begin, LIMIT)

    @unittest.skipUnless(XMLRPC, "xmlrpc, of xmlrpc-api-utils, is not installed")
    def test_xmlrpc_c(self):
        def call(*arguments):
            done = subprocess.run([XMLRPC, url(self.address), *arguments], timeout=LIMIT,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            return done.stdout.decode() + done.stderr.decode()

        self.assertIn("Integer: 5", call("calculator.add", "i/2", "i/3"))
        self.assertIn("String: 'cba'", call("string.reverse", "s/abc"))
        self.assertIn("needs the role files", call("file.list"))

    @unittest.skipUnless(CURL, "curl is not installed")
    def test_curl(self):
        def call(*arguments):
            done = subprocess.run([CURL, "-s", "-i", "--data-binary", document, *arguments,
                                   url(self.address)], timeout=LIMIT, stdout=subprocess.PIPE)
            return done.stdout.decode()

        document = xmlrpc.client.dumps((), "file.list")
        self.assertIn("<int>403</int>", call())
        self.assertIn("a.txt", call("-u", "guido:" + PASSWORD))
        refused = call("-u", "guido:x")
        self.assertTrue(refused.startswith("HTTP/1.1 401 "))
        self.assertIn("WWW-Authenticate: Basic ", refused)


class Options(Folder):
    def test_rate(self):
        with recipe.server(*QUIET, "--rate", "1", "--burst", "3") as (_, address):
            document = xmlrpc.client.dumps((), "system.time")
            statuses = []
            for _ in range(4):
                connection = http.client.HTTPConnection(*address, timeout=LIMIT)
                connection.request("POST", "/RPC2", document, {"X-Forwarded-For": "192.0.2.1"})
                response = connection.getresponse()
                statuses.append(response.status)
                connection.close()
            if statuses[3] == 200:
                self.skipTest("this machine is too slow for the burst")
            self.assertEqual(statuses, [200, 200, 200, 429])
            self.assertEqual(response.getheader("Retry-After"), "1")

    def test_allow_and_deny(self):
        for options, status in ((("--deny", "127.0.0.0/8"), 403), (("--allow", "192.0.2.0/24"), 403),
                                (("--allow", "127.0.0.0/8"), 200),
                                (("--allow", "127.0.0.0/8", "--deny", "127.0.0.1"), 403)):
            with recipe.server(*QUIET, *options) as (_, address):
                connection = http.client.HTTPConnection(*address, timeout=LIMIT)
                connection.request("POST", "/RPC2", xmlrpc.client.dumps((), "system.time"))
                response = connection.getresponse()
                self.assertEqual(response.status, status)
                if status == 403:
                    self.assertEqual(response.getheader("Connection"), "close")
                connection.close()
        status, output, errors = run("server", "--port", "0", "--allow", "192.0.2.1/24")
        self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1))
        self.assertIn(b"has host bits set", errors)

    def test_a_role_that_is_none_is_bad_usage(self):
        for roles in ("x y", "files,,x y", ""):
            status, output, errors = run("server", "--port", "0", "--anonymous", roles)
            self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1), roles)

    def test_anonymous(self):
        with recipe.server(*QUIET, "--root", self.file("root"), "--anonymous", "files,other") as \
                (_, address), proxy(address) as s:
            self.assertEqual(s.file.list(), ["a.txt", "folder", "out"])
            self.assertEqual(fault_of(s.system.info), 403)

    def test_shutdown(self):
        with recipe.server(*QUIET, "--anonymous", "admin") as (process, address):
            with proxy(address) as s:
                self.assertIs(s.system.shutdown(), True)
            self.assertEqual(process.wait(LIMIT), 0)

    def test_bad_files_are_one_line(self):
        self.write(b"guido:admin:secret\n", "bad-users")
        for options in (("--users", self.file("bad-users")), ("--users", self.file("none")),
                        ("--users", self.folder),
                        ("--root", self.file("none")), ("--root", self.file("users"))):
            status, output, errors = run("server", "--port", "0", *options)
            self.assertEqual((status, output, errors.count(b"\n")), (1, b"", 1), errors)
        self.assertIn(b"bad-users: line 1: ",
                      run("server", "--port", "0", "--users", self.file("bad-users"))[2])

    def test_says_that_passwords_go_in_the_clear(self):
        with tempfile.TemporaryFile() as log:
            with recipe.server("--users", self.file("users"), log=log):
                pass
            log.seek(0)
            self.assertEqual(log.read().count(b"passwords go in the clear"), 1)

    @unittest.skipUnless(platform.machine() in ("x86_64", "aarch64"), "its filter is for others")
    def test_without_openat2_there_are_no_files(self):
        def forbid():
            # seccomp(2): the call fails with EPERM, as in containers that do not know it.
            code = b"".join(struct.pack("HBBI", *one) for one in (
                (0x20, 0, 0, 0), (0x15, 0, 1, OPENAT2), (0x06, 0, 0, 0x00050001),
                (0x06, 0, 0, 0x7fff0000)))
            buffer = ctypes.create_string_buffer(code)
            program = ctypes.create_string_buffer(
                struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer)))
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
                os._exit(77)

        process = subprocess.Popen(
            [EXECUTABLE, "server", "--port", "0", "--root", self.file("root"), "--anonymous", "files"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=forbid)
        line = process.stdout.readline().decode()
        if not line:
            process.communicate()
            self.skipTest("this system takes no filter")
        try:
            address = ("127.0.0.1", int(line.rpartition(":")[2]))
            with proxy(address) as s:
                self.assertEqual(fault_of(s.file.list), 3)
                self.assertEqual(fault_of(lambda: s.file.info("a.txt")), 4)
                self.assertEqual(s.calculator.add(2, 3), 5)
        finally:
            process.terminate()
            errors = process.communicate(timeout=LIMIT)[1]
        self.assertIn(b"no files", errors)
        self.assertEqual(process.returncode, 0)


class Passwd(unittest.TestCase):
    def test_prints_a_line(self):
        line = user_line("guido", "files", "admin")
        self.assertRegex(line, r"\Aguido:admin,files:scrypt\$16384\$8\$1\$[0-9a-f]{32}\$[0-9a-f]{64}\n\Z")
        self.assertRegex(user_line("Zoë"), r"\AZoë::scrypt\$")
        self.assertNotEqual(line, user_line("guido", "files", "admin"))

    def test_is_what_hashlib_makes(self):
        import hashlib
        if not hasattr(hashlib, "scrypt"):
            self.skipTest("this Python has no scrypt")
        salt, digest = user_line("guido").rstrip("\n").split("$")[4:]
        self.assertEqual(hashlib.scrypt(PASSWORD.encode(), salt=bytes.fromhex(salt), n=16384, r=8,
                                        p=1, maxmem=1 << 26, dklen=32).hex(), digest)

    def test_bad_usage(self):
        for arguments, stdin, expected in (((), b"x\n", 2), (("a:b",), b"x\n", 2), (("a", "b c"), b"x\n", 2),
                                           (("a",), b"", 1), (("a",), b"\n", 1), (("a",), b"\xff\n", 1),
                                           (("a",), b"x\ty\n", 1), (("a",), b"x" * 5000, 1)):
            status, output, errors = run("passwd", *arguments, stdin=stdin)
            self.assertEqual((status, output, errors.count(b"\n")), (expected, b"", 1), arguments)
        self.assertIn(b": the password is empty\n", run("passwd", "a", stdin=b"\n")[2])


@contextmanager
def python_server():
    """CPython's server with multicall and introspection: its address."""
    with SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False, allow_none=True) as python:
        python.register_function(lambda a, b: a + b, "add")
        python.register_introspection_functions()
        python.register_multicall_functions()
        thread = threading.Thread(target=python.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield python.server_address
        finally:
            python.shutdown()
            thread.join()


class CppClient(Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        _, cls.address = cls.running.enter_context(recipe.server(
            *QUIET, "--root", cls.file("root"), "--users", cls.file("users"),
            "--rate", "1000000", "--burst", "1000000"))

    def test_calls_a_method(self):
        where = url(self.address)
        self.assertEqual(recipe.client(where, "calculator.add", "2", "3"), (0, b"5\n", b""))
        # Without a path a URL means /RPC2.
        self.assertEqual(recipe.client(url(self.address, ""), "string.reverse", '"abc"'),
                         (0, b'"cba"\n', b""))
        status, output, errors = recipe.client(where, "file.list")
        self.assertEqual((status, output, errors.count(b"\n")), (1, b"", 1))
        self.assertIn(b"fault 403: file.list needs the role files", errors)

    def test_says_who_calls(self):
        options = ("--user", "Zoë", "--password-file", self.file("password"))
        self.assertEqual(recipe.client(*options, url(self.address), "file.list", '"folder"'),
                         (0, b"[]\n", b""))
        status, _, errors = recipe.client("--user", "none", *options[2:], url(self.address), "file.list")
        self.assertEqual((status, errors.count(b"\n")), (1, 1))
        self.assertIn(b"401", errors)

    def test_an_empty_password_or_name_is_refused(self):
        status, output, errors = recipe.client("--user", "guido", "--password-file", os.devnull,
                                               url(self.address), "system.time")
        self.assertEqual((status, output), (1, b""))
        self.assertTrue(errors.endswith(b": read /dev/null: it is empty\n"), errors)
        status, output, errors = recipe.client("--user", "", "--password-file",
                                               self.file("password"), url(self.address), "system.time")
        self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1))

    def test_passwords_stay_off_the_command_line(self):
        where = url(self.address)
        urls = [where.replace("//", "//guido:%s@" % password)
                for password in ("secret", "p@secret", "50%secret", "secret word")]
        for secret in (*urls, "http://guido:secret@h:99999"):
            for arguments in ((secret, "system.time"), (secret,)):
                status, output, errors = recipe.client(*arguments)
                self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1), arguments)
                self.assertIn(b"--password-file", errors)
                self.assertNotIn(b"secret", errors)
        for arguments in (("--user", "guido", where),
                          ("--password-file", self.file("password"), where), (),
                          ("--user", "a:b", "--password-file", self.file("password"), where,
                           "system.time")):
            status, output, errors = recipe.client(*arguments)
            self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1), arguments)

    def test_a_call_a_line(self):
        lines = b'["calculator.add", 2, 3]\n\n["calculator.divide", 1, 0]\n["string.reverse", "ab"]'
        status, output, errors = recipe.client(url(self.address), stdin=lines)
        self.assertEqual((status, errors), (1, b""))
        results = [json.loads(line) for line in output.splitlines()]
        self.assertEqual(results, [5, {"fault": {"code": 1, "string": "division by zero"}}, "ba"])
        self.assertEqual(recipe.client(url(self.address), stdin=b""), (0, b"", b""))

    def test_thousands_of_lines(self):
        lines = "".join('["calculator.add",%d,1]\n' % i for i in range(2500)).encode()
        status, output, errors = recipe.client(url(self.address), stdin=lines)
        self.assertEqual((status, errors), (0, b""))
        self.assertEqual(output, "".join("%d\n" % (i + 1) for i in range(2500)).encode())

    def test_long_lines(self):
        text = "x" * 300000
        lines = "".join('["string.reverse", "%s"]\n' % text for _ in range(10)).encode()
        status, output, errors = recipe.client(url(self.address), stdin=lines)
        self.assertEqual((status, errors), (0, b""))
        self.assertEqual(output, ('"%s"\n' % text).encode() * 10)

    def test_lines_that_are_no_calls(self):
        for line in (b"[]", b"5", b"nothing", b'[5]', b'["f", "\\u0001"]'):
            status, output, errors = recipe.client(url(self.address), stdin=b'["system.time"]\n' + line)
            self.assertEqual((status, output, errors.count(b"\n")), (1, b"", 1), line)
            self.assertIn(b"call 2: ", errors)

    def test_cpythons_server(self):
        with python_server() as address:
            self.assertEqual(recipe.client(url(address), "add", "2", "3"), (0, b"5\n", b""))
            status, output, errors = recipe.client(url(address), stdin=b'["add",2,3]\n["none"]\n["add",3,4]')
            self.assertEqual((status, errors), (1, b""))
            results = [json.loads(line) for line in output.splitlines()]
            self.assertEqual((results[0], results[2]), (5, 7))
            self.assertEqual(results[1]["fault"]["code"], 1)

    def test_an_interrupt_ends_it(self):
        with subprocess.Popen([EXECUTABLE, "client", url(self.address)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
            def catches():
                """Whether it has a handler for SIGINT (proc(5), status)."""
                with open("/proc/%d/status" % client.pid) as file:
                    mask = next(line for line in file if line.startswith("SigCgt:")).split()[1]
                return int(mask, 16) >> (signal.SIGINT - 1) & 1

            deadline = time.monotonic() + LIMIT
            while not catches() and time.monotonic() < deadline:
                time.sleep(0.01)
            client.send_signal(signal.SIGINT)
            client.wait(LIMIT)  # its input is still open: it was not the end of that
            output, errors = client.communicate()
        self.assertEqual((client.returncode, output, errors), (130, b"", b""))


@unittest.skipUnless(os.path.exists(TLS), "11_10_tls, whose certificates these are, is not built")
class OverTls(Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run([TLS, "client", "make-certs", cls.folder], check=True, timeout=LIMIT)
        cls.options = (*QUIET, "--cert", cls.file("good.pem"), "--key", cls.file("good.key"))

    def test_cpythons_client(self):
        context = ssl.create_default_context(cafile=self.file("ca.pem"))
        with recipe.server(*self.options, "--users", self.file("users"), "--root",
                           self.file("root")) as (_, address):
            token = base64.b64encode(("guido:" + PASSWORD).encode()).decode()
            with xmlrpc.client.ServerProxy("https://localhost:%d/RPC2" % address[1], context=context,
                                           headers=[("Authorization", "Basic " + token)]) as s:
                self.assertEqual(s.file.list("folder"), [])
            with self.assertRaises(Exception):
                proxy(address).system.time()

    def test_certificates_of_clients(self):
        context = ssl.create_default_context(cafile=self.file("ca.pem"))
        with recipe.server(*self.options, "--client-ca", self.file("ca.pem")) as (_, address):
            where = "https://localhost:%d" % address[1]
            with self.assertRaises((ssl.SSLError, OSError)):
                xmlrpc.client.ServerProxy(where + "/RPC2", context=context).system.time()
            context.load_cert_chain(self.file("client.pem"), self.file("client.key"))
            with xmlrpc.client.ServerProxy(where + "/RPC2", context=context) as s:
                self.assertEqual(s.calculator.add(2, 3), 5)
            trusting = ("--cacert", self.file("ca.pem"))
            self.assertEqual(
                recipe.client(*trusting, "--cert", self.file("client.pem"), "--key",
                              self.file("client.key"), where, "calculator.add", "2", "3"),
                (0, b"5\n", b""))
            status, output, errors = recipe.client(*trusting, where, "system.time")
            self.assertEqual((status, output, errors.count(b"\n")), (1, b"", 1))

    def test_our_client(self):
        with recipe.server(*self.options, "--users", self.file("users"), "--root",
                           self.file("root")) as (_, address):
            where = "https://localhost:%d" % address[1]
            self.assertEqual(
                recipe.client("--cacert", self.file("ca.pem"), "--user", "guido", "--password-file",
                              self.file("password"), where, "file.list", '"folder"'),
                (0, b"[]\n", b""))
            self.assertEqual(recipe.client("--cacert", self.file("ca.pem"), where,
                                           stdin=b'["calculator.add",2,3]'), (0, b"5\n", b""))
            for arguments in ((where, "system.time"), (where,)):
                status, output, errors = recipe.client(*arguments, stdin=b'["system.time"]')
                self.assertEqual((status, output, errors.count(b"\n")), (1, b"", 1))
                self.assertIn(b"certificate", errors)

    def test_shutdown(self):
        context = ssl.create_default_context(cafile=self.file("ca.pem"))
        with recipe.server(*self.options, "--anonymous", "admin") as (process, address):
            with xmlrpc.client.ServerProxy("https://localhost:%d/RPC2" % address[1],
                                           context=context) as s:
                self.assertIs(s.system.shutdown(), True)
            self.assertEqual(process.wait(LIMIT), 0)

    def test_a_silent_handshake_has_a_limit(self):
        with recipe.server(*self.options, "--handshake-time", "0.2") as (_, address), \
                socket.create_connection(address, timeout=LIMIT) as silent:
            self.assertIn(silent.recv(100)[:1], (b"", b"\x15"))

    def test_an_unusable_key_is_one_line(self):
        status, output, errors = run("server", "--port", "0", "--cert", self.file("good.pem"),
                                     "--key", self.file("client.key"))
        self.assertEqual((status, output, errors.count(b"\n")), (1, b"", 1))
        status, output, errors = run("server", "--cert", self.file("good.pem"))
        self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1))

    def test_options_of_tls_without_a_certificate_are_bad_usage(self):
        status, output, errors = run("server", "--client-ca", self.file("ca.pem"), "--client-auth",
                                     "required")
        self.assertEqual((status, output, errors.count(b"\n")), (2, b"", 1))
        self.assertIn(b" requires --cert ", errors)


if __name__ == "__main__":
    unittest.main()
