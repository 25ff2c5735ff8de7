"""Recipe 11.6 beside CPython's xmlrpc and xmlrpc-c, both ways. Python 3.8 and newer."""

import ctypes
import ctypes.util
import datetime
import http.client
import json
import math
import multiprocessing
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import xmlrpc.client
from contextlib import ExitStack, contextmanager
from socketserver import ThreadingMixIn
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

import recipe
from recipe import EXECUTABLE, LIMIT

# The certificates are recipe 11.10's, which lies beside.
TLS = os.path.join(os.path.dirname(EXECUTABLE), "11_10_tls")
XMLRPC = shutil.which("xmlrpc")
ABYSS = ctypes.util.find_library("xmlrpc_server_abyss")

VALUES = [0, -1, 2147483647, -2147483648, True, False, None, 2.5, -0.0, 1e-300, 1e16, 1e22, 0.1,
          5e-324, math.inf, -math.inf, "", " two  spaces ", "<&>]]>\"'", "line\nline\ttab",
          "Zoë 語 \U0001F600", [], [1, [2, [3, []]]], {}, {"a": {"b": [None]}, "": 1}, b"",
          b"\0\xff" * 100, datetime.datetime(2026, 1, 2, 3, 4, 5)]


def url(address, path=""):
    return "http://%s:%d%s" % (*address, path)


def proxy(address, path="", **options):
    return xmlrpc.client.ServerProxy(url(address, path), allow_none=True, **options)


def call(address, method, *arguments):
    """Calls by our client: the result, or the line that it fails with."""
    status, output, errors = recipe.client(url(address), method, *arguments)
    if status == 0:
        assert not errors and output.count(b"\n") == 1, (output, errors)
        return json.loads(output)
    assert status == 1 and not output and errors.count(b"\n") == 1, (status, output, errors)
    return errors.decode().rstrip("\n")


class CppServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        running = ExitStack()
        cls.addClassCleanup(running.close)
        _, cls.address = running.enter_context(recipe.server("--log-level", "off"))

    def test_keeps_each_value(self):
        for use_builtin_types in (True, False):
            with proxy(self.address, use_builtin_types=use_builtin_types) as store:
                for value in VALUES:
                    store.set("value", value)
                    got = store.get("value")
                    if not use_builtin_types and isinstance(value, bytes):
                        got = got.data
                    elif not use_builtin_types and isinstance(value, datetime.datetime):
                        got = datetime.datetime.strptime(got.value, "%Y%m%dT%H:%M:%S")
                    self.assertEqual(got, value)
                    self.assertEqual(type(got), type(value))
                store.set("value", math.nan)
                self.assertTrue(math.isnan(store.get("value")))
                store.delete("value")

    def test_the_original(self):
        with proxy(self.address) as s:
            s.set("foo", "bar")
            s.set("spam", [1, 2, 3])
            self.assertEqual(sorted(s.keys()), ["foo", "spam"])
            self.assertEqual(s.get("foo"), "bar")
            self.assertIs(s.exists("foo"), True)
            self.assertIsNone(s.delete("foo"))
            self.assertIs(s.exists("foo"), False)
            s.delete("spam")
            self.assertEqual(s.keys(), [])

    def test_its_faults(self):
        with proxy(self.address) as s:
            for code, function in ((1, lambda: s.get("none")), (1, lambda: s.delete("none")),
                                   (-32601, lambda: s.none()), (-32602, lambda: s.get(1)),
                                   (-32602, lambda: s.get()), (-32602, lambda: s.set("a")),
                                   (-32700, lambda: s.set("a", "\x01"))):
                with self.assertRaises(xmlrpc.client.Fault) as caught:
                    function()
                self.assertEqual(caught.exception.faultCode, code)
            with self.assertRaisesRegex(xmlrpc.client.Fault, "KeyError: none"):
                s.get("none")

    def test_integers_beyond_32_bits(self):
        marshalled = xmlrpc.client.dumps(("long", 5), "set").replace("int>", "i8>")
        connection = http.client.HTTPConnection(*self.address, timeout=LIMIT)
        connection.request("POST", "/RPC2", marshalled.replace(">5<", ">5000000000<"))
        self.assertEqual(xmlrpc.client.loads(connection.getresponse().read())[0], (None,))
        connection.close()
        with proxy(self.address) as s:
            self.assertEqual(s.get("long"), 5000000000)
            s.delete("long")

    def test_one_connection_carries_many_calls(self):
        connection = http.client.HTTPConnection(*self.address, timeout=LIMIT)
        for path in ("/", "/RPC2") * 5:
            connection.request("POST", path, xmlrpc.client.dumps((), "keys"))
            local = connection.sock.getsockname()
            response = connection.getresponse()
            self.assertEqual(response.getheader("Content-Type"), "text/xml")
            self.assertEqual(xmlrpc.client.loads(response.read())[0], ([],))
            self.assertEqual(connection.sock.getsockname(), local)
        connection.close()

    def test_paths_and_methods(self):
        for method, path, status in (("POST", "/other", 404), ("GET", "/RPC2", 405), ("PUT", "/", 405)):
            connection = http.client.HTTPConnection(*self.address, timeout=LIMIT)
            connection.request(method, path)
            response = connection.getresponse()
            self.assertEqual(response.status, status)
            self.assertEqual(response.getheader("Allow"), "POST" if status == 405 else None)
            connection.close()

    def test_many_at_once(self):
        def work(number):
            with proxy(self.address) as s:
                for i in range(50):
                    s.set("n%d" % number, i)
                    results.append(s.get("n%d" % number) == i)
                s.delete("n%d" % number)

        results = []
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        self.assertEqual(results, [True] * 400)

    @unittest.skipUnless(XMLRPC, "xmlrpc, of xmlrpc-api-utils, is not installed")
    def test_xmlrpc_c(self):
        def run(*arguments):
            done = subprocess.run([XMLRPC, url(self.address, "/RPC2"), *arguments], timeout=LIMIT,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            return done.returncode, done.stdout.decode(), done.stderr.decode()

        self.assertEqual(run("set", "s/c", "i/5")[0], 0)
        self.assertIn("Integer: 5", run("get", "s/c")[1])
        self.assertEqual(run("set", "s/c", "s/text")[0], 0)
        self.assertIn("String: 'text'", run("get", "s/c")[1])
        self.assertEqual(run("set", "s/c", "I/5000000000")[0], 0)
        self.assertIn("64-bit integer: 5000000000", run("get", "s/c")[1])
        self.assertIn("KeyError: none", run("get", "s/none")[2])
        self.assertEqual(run("delete", "s/c")[0], 0)


class Limits(unittest.TestCase):
    def test_a_store_that_is_full(self):
        with recipe.server("--max-store", "10000") as (_, address), proxy(address) as s:
            s.set("a", "x" * 5000)
            for value in ("x" * 6000, [None] * 1000):
                with self.assertRaises(xmlrpc.client.Fault) as caught:
                    s.set("b", value)
                self.assertEqual(caught.exception.faultCode, 1)
            self.assertEqual(s.keys(), ["a"])
            self.assertEqual(s.get("a"), "x" * 5000)

    def test_what_is_too_deep_or_too_much(self):
        deep = []
        for _ in range(10):
            deep = [deep]
        with recipe.server("--max-depth", "10", "--max-values", "100") as (_, address), \
                proxy(address) as s:
            for value in (deep, [0] * 100):
                with self.assertRaises(xmlrpc.client.Fault) as caught:
                    s.set("a", value)
                self.assertEqual(caught.exception.faultCode, -32600)
            s.set("a", deep[0])
            s.set("b", [0] * 98)


@contextmanager
def python_server(protocol="HTTP/1.0", kind=SimpleXMLRPCServer, wrap=None):
    """CPython's server with a few functions: its address."""
    class Handler(SimpleXMLRPCRequestHandler):
        protocol_version = protocol

    def fail():
        raise KeyError("line\nline")

    def break_lines():
        raise xmlrpc.client.Fault(5, "a\nb\n\nc\u2028d")

    with kind(("127.0.0.1", 0), Handler, logRequests=False, allow_none=True) as python:
        if wrap:
            python.socket = wrap(python.socket)
        python.register_function(lambda *arguments: list(arguments), "echo")
        python.register_function(lambda: xmlrpc.client.Binary(b"\0\xff"), "binary")
        python.register_function(lambda: datetime.datetime(2026, 1, 2, 3, 4, 5), "date")
        python.register_function(lambda n: "x" * n, "text")
        python.register_function(fail)
        python.register_function(break_lines, "break")
        python.register_introspection_functions()
        thread = threading.Thread(target=python.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield python.server_address
        finally:
            python.shutdown()
            thread.join()


class AbyssParameters(ctypes.Structure):
    """xmlrpc_server_abyss_parms, of xmlrpc-c/server_abyss.h, as far as it is needed."""
    _fields_ = [("config_file_name", ctypes.c_char_p), ("registry", ctypes.c_void_p),
                ("run_first", ctypes.c_void_p), ("run_first_argument", ctypes.c_void_p),
                ("port_number", ctypes.c_uint), ("log_file_name", ctypes.c_char_p),
                ("keepalive_timeout", ctypes.c_uint), ("keepalive_max_conn", ctypes.c_uint),
                ("timeout", ctypes.c_uint), ("dont_advertise", ctypes.c_int),
                ("socket_bound", ctypes.c_int), ("socket_handle", ctypes.c_int)]


def serve_abyss(listener):
    """xmlrpc-c's server with one function, until the process is killed."""
    library = ctypes.CDLL(ABYSS)
    library.xmlrpc_registry_new.restype = ctypes.c_void_p

    @ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    def echo(_env, params, _data):
        library.xmlrpc_INCREF(ctypes.c_void_p(params))
        return params

    env = ctypes.create_string_buffer(64)  # an xmlrpc_env, which is smaller
    library.xmlrpc_env_init(env)
    registry = ctypes.c_void_p(library.xmlrpc_registry_new(env))
    library.xmlrpc_registry_add_method(env, registry, None, b"echo", echo, None)
    parameters = AbyssParameters(registry=registry, socket_bound=1, socket_handle=listener.fileno())
    library.xmlrpc_server_abyss(env, ctypes.byref(parameters), ctypes.sizeof(parameters))


@contextmanager
def abyss_server():
    """Its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = multiprocessing.get_context("fork").Process(target=serve_abyss, args=(listener,))
        process.start()
        try:
            yield listener.getsockname()
        finally:
            process.kill()
            process.join()


class Threading(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True


class CppClient(unittest.TestCase):
    def test_calls_cpythons_server(self):
        for protocol in ("HTTP/1.0", "HTTP/1.1"):
            for kind in (SimpleXMLRPCServer, Threading):
                with self.subTest(protocol=protocol, kind=kind), python_server(protocol, kind) as address:
                    for text in ('1', '-2147483648', '2.0', '1e+22', 'true', 'null', '"Zoë \\n"',
                                 '[1,[2.5,null]]', '{"a":{"b":[]}}', '{"base64":"AP8="}',
                                 '{"dateTime.iso8601":"20260102T03:04:05"}', '{"double":"-inf"}',
                                 '{"struct":{"base64":"x"}}', '5000000000'):
                        if text == '5000000000':  # CPython reads it, and does not write it
                            self.assertIn("int exceeds XML-RPC limits", call(address, "echo", text))
                            continue
                        self.assertEqual(call(address, "echo", text), [json.loads(text)])
                    self.assertEqual(call(address, "echo", "1", '"2"', "[3]"), [1, "2", [3]])
                    self.assertEqual(call(address, "echo"), [])
                    self.assertEqual(call(address, "binary"), {"base64": "AP8="})
                    self.assertEqual(call(address, "date"),
                                     {"dateTime.iso8601": "20260102T03:04:05"})
                    self.assertEqual(call(address, "system.listMethods"),
                                     ["binary", "break", "date", "echo", "fail", "system.listMethods",
                                      "system.methodHelp", "system.methodSignature", "text"])
                    self.assertEqual(len(call(address, "text", "5000000")), 5000000)

    @unittest.skipUnless(ABYSS, "xmlrpc-c's server is not installed")
    def test_calls_xmlrpc_cs_server(self):
        with abyss_server() as address:
            for text in ('1', '-2147483648', '5000000000', '2.5', '1e+22', 'true', 'null', '"Zoë <&>\\n"',
                         '[1,[2.5,null]]', '{"a":{"b":[]}}', '{"base64":"AP8="}',
                         '{"dateTime.iso8601":"20260102T03:04:05"}'):
                self.assertEqual(call(address, "echo", text), [json.loads(text)])
            self.assertEqual(call(address, "echo"), [])
            self.assertIn("fault -506: Method 'none' not defined", call(address, "none"))
            status, _, errors = recipe.client(url(address, "/other"), "echo")
            self.assertEqual((status, errors.count(b"\n")), (1, 1))
            self.assertIn(b" 404 ", errors)

    def test_a_double_stays_a_double(self):
        with python_server() as address:
            status, output, _ = recipe.client(url(address), "echo", "2.0", "2", "1e2")
        self.assertEqual((status, output), (0, b"[2.0,2,100.0]\n"))

    def test_a_fault_is_one_line(self):
        with python_server() as address:
            line = call(address, "fail")
            self.assertTrue(line.startswith("11_06_xml_rpc: fault 1: <class 'KeyError'>:"), line)
            self.assertIn("fault 1:", call(address, "none"))
            self.assertEqual(call(address, "break"), "11_06_xml_rpc: fault 5: a b  c d")

    def test_failures_are_one_line(self):
        with python_server() as address:
            line = call(address, "text", "17000000")
            self.assertIn("larger", line)
            self.assertLessEqual(len(line), 300)
            status, _, errors = recipe.client(url(address, "/other"), "echo")
            self.assertEqual(status, 1)
            self.assertIn(b"404", errors)
        self.assertEqual(recipe.client("http://localhost/"), (
            2, b"", b"11_06_xml_rpc: URL and METHOD are required (see --help)\n"))

    def test_nothing_is_sent_that_cannot_be_carried(self):
        for text in ("nothing", "99999999999999999999", '"\\u0001"', '{"base64":"A"}', '"\\ud800"'):
            line = call(("127.0.0.1", 1), "echo", text)  # where nobody listens
            self.assertNotIn("refused\n", line)
            self.assertNotIn("connect", line)

    def test_time_is_limited(self):
        with recipe.accepting(lambda connection: connection.recv(1000000) and connection.recv(1)) as address:
            status, output, errors = recipe.client("--max-time", "0.2", url(address), "echo")
        self.assertEqual((status, output), (1, b""))
        self.assertIn(b"timed out", errors)


class Decode(unittest.TestCase):
    def decode(self, document):
        status, output, errors = recipe.client("decode", stdin=document)
        if status == 0:
            return json.loads(output)
        self.assertEqual((status, output, errors.count(b"\n")), (1, b"", 1))
        return None

    def test_what_cpython_writes(self):
        for value in VALUES:
            if isinstance(value, (bytes, datetime.datetime)) or value in (math.inf, -math.inf):
                continue
            for encoding in ("utf-8", "iso-8859-1", "us-ascii", "utf-16"):
                text = xmlrpc.client.dumps((value,), "f", allow_none=True, encoding=encoding)
                document = text.encode(encoding, "xmlcharrefreplace")
                self.assertEqual(self.decode(document), {"params": [value], "method": "f"})
        self.assertEqual(self.decode(xmlrpc.client.dumps((1,), methodresponse=True).encode()),
                         {"params": [1]})
        self.assertEqual(self.decode(xmlrpc.client.dumps(xmlrpc.client.Fault(4, "x\ny")).encode()),
                         {"fault": {"code": 4, "string": "x\ny"}})

    def test_refuses_what_cpython_refuses(self):
        for document in (b"", b"<a>", b"<methodCall>&no;</methodCall>", b"<methodCall/><methodCall/>",
                         b"<methodCall>\x01</methodCall>", b"\xff\xfe<methodCall/>"):
            with self.assertRaises(Exception):
                xmlrpc.client.loads(document)
            self.assertIsNone(self.decode(document))
        self.assertIsNone(self.decode(b"<!DOCTYPE a><methodCall><methodName>f</methodName></methodCall>"))
        self.assertIsNone(self.decode(b"<methodResponse>" + b" " * (1 << 20) + b"</methodResponse>"))


@unittest.skipUnless(os.path.exists(TLS), "11_10_tls, whose certificates these are, is not built")
class OverTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        running = ExitStack()
        cls.addClassCleanup(running.close)
        cls.folder = running.enter_context(tempfile.TemporaryDirectory())
        subprocess.run([TLS, "client", "make-certs", cls.folder], check=True, timeout=LIMIT)

    def file(self, name):
        return os.path.join(self.folder, name)

    def test_cpythons_client(self):
        context = ssl.create_default_context(cafile=self.file("ca.pem"))
        options = ("--cert", self.file("good.pem"), "--key", self.file("good.key"), "--log-level", "off")
        with recipe.server(*options) as (_, address):
            with xmlrpc.client.ServerProxy("https://localhost:%d" % address[1], allow_none=True,
                                           context=context) as s:
                s.set("a", [1, 2])
                self.assertEqual(s.get("a"), [1, 2])
            with self.assertRaises(ssl.SSLError):
                xmlrpc.client.ServerProxy("https://localhost:%d" % address[1],
                                          context=ssl.create_default_context()).keys()
            with self.assertRaises(Exception):
                xmlrpc.client.ServerProxy(url(address)).keys()
        with recipe.server(*options, "--client-ca", self.file("ca.pem")) as (_, address):
            name = "https://localhost:%d" % address[1]
            status, _, errors = recipe.client("--cacert", self.file("ca.pem"), name, "keys")
            self.assertEqual(status, 1, errors)
            status, output, errors = recipe.client(
                "--cacert", self.file("ca.pem"), "--cert", self.file("client.pem"),
                "--key", self.file("client.key"), name, "keys")
            self.assertEqual((status, output), (0, b"[]\n"), errors)

    def test_cpythons_server(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file("good.pem"), self.file("good.key"))
        with python_server(kind=Threading,
                           wrap=lambda plain: context.wrap_socket(plain, server_side=True)) as address:
            name = "https://localhost:%d" % address[1]
            done = recipe.client("--cacert", self.file("ca.pem"), name, "echo", "1")
            self.assertEqual(done, (0, b"[1]\n", b""))
            status, _, errors = recipe.client("--cacert", self.file("other-ca.pem"), name, "echo")
            self.assertEqual((status, errors.count(b"\n")), (1, 1))
            self.assertIn(b"certificate", errors)

    def test_an_unusable_key_is_one_line(self):
        done = subprocess.run([EXECUTABLE, "server", "--port", "0", "--cert", self.file("good.pem"),
                               "--key", self.file("client.key")], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=LIMIT)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (1, b"", 1))
        done = subprocess.run([EXECUTABLE, "server", "--cert", self.file("good.pem")],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (2, b"", 1))

    def test_options_of_tls_without_a_certificate_are_bad_usage(self):
        done = subprocess.run([EXECUTABLE, "server", "--client-ca", self.file("ca.pem")],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (2, b"", 1))
        self.assertIn(b"--client-ca requires --cert ", done.stderr)


if __name__ == "__main__":
    unittest.main()
