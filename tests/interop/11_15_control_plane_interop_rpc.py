"""11.15 Control plane: XML-RPC over TLS, as CPython's xmlrpc.client and curl speak it."""
import contextlib
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.request
import xmlrpc.client

from recipe import EXECUTABLE, LIMIT, read_log, server

QUIET = ("--log-level", "off")


def certify(folder, name):
    """The path of a new certificate."""
    done = subprocess.run([EXECUTABLE, "certify", name, "--data", folder], timeout=LIMIT, check=True,
                          stdout=subprocess.PIPE)
    return done.stdout.decode().rstrip("\n")


def context(folder, certificate=None):
    made = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
    if certificate:
        made.load_cert_chain(certificate)
    return made


def fault_of(call, *arguments):
    """The code of the fault that a call ends with."""
    try:
        result = call(*arguments)
    except xmlrpc.client.Fault as fault:
        return fault.faultCode
    raise AssertionError("it returned %r" % (result,))


class RpcServer:
    """A server with a pool of six addresses, and those who call it."""

    def __init__(self, process, address, folder):
        line = process.stdout.readline().decode()
        assert line.startswith("xml-rpc on 127.0.0.1:"), line
        self.folder, self.port = folder, int(line.rpartition(":")[2])
        with open(os.path.join(folder, "admin.key")) as file:
            key = file.read().strip()
        pool = {"name": "lab", "cidr": "192.0.2.0/29"}
        urllib.request.urlopen(urllib.request.Request(
            "http://%s:%d/v1/pools" % address, json.dumps(pool).encode(),
            {"Authorization": "Bearer " + key, "Content-Type": "application/json"}), timeout=LIMIT)

    def proxy(self, name="node-1"):
        return self.proxy_with(context(self.folder, certify(self.folder, name)))

    def proxy_with(self, tls, scheme="https", path="/RPC2"):
        return xmlrpc.client.ServerProxy("%s://localhost:%d%s" % (scheme, self.port, path),
                                         context=tls, allow_none=True)


class ControlPlaneOverRpc(unittest.TestCase):
    @contextlib.contextmanager
    def server(self, *arguments, log=None):
        with tempfile.TemporaryDirectory() as folder:
            data = os.path.join(folder, "ipam-data")
            options = () if log else QUIET
            with server("--rpc-port", "0", "--data", data, *options, *arguments, log=log) as running:
                yield RpcServer(*running, data)

    def test_the_life_of_a_lease(self):
        with self.server() as house, house.proxy() as s:
            [lease] = s.ipam.allocate("lab", "web-1")
            since = lease.pop("since")
            self.assertLess(abs(time.time() - since), LIMIT)
            self.assertEqual(lease, {"address": "192.0.2.1", "pool": "lab", "owner": "web-1",
                                     "note": "", "expires": 0})
            more = s.ipam.allocate("lab", "web-2", {"count": 2, "ttl": 60, "note": "rack é"})
            self.assertEqual([one["address"] for one in more], ["192.0.2.2", "192.0.2.3"])
            self.assertEqual([one["expires"] - one["since"] for one in more], [60, 60])
            self.assertEqual(s.ipam.lookup("192.0.2.3"), more[1])
            self.assertIsNone(s.ipam.lookup("192.0.2.6"))
            self.assertEqual(s.ipam.renew("192.0.2.1", "web-1", 0)["expires"], 0)
            [pool] = s.ipam.pools()
            self.assertEqual((pool["size"], pool["held"], pool["free"]), ("6", 3, "3"))
            self.assertIs(s.ipam.release("192.0.2.1", "web-1"), True)
            self.assertEqual(s.ipam.releaseAll("web-2"), 2)
            self.assertEqual(s.ipam.releaseAll("web-2"), 0)

    def test_a_key_counts_once(self):
        with self.server() as house, house.proxy() as s:
            first = s.ipam.allocate("lab", "web-1", {"key": "k1"})
            self.assertEqual(s.ipam.allocate("lab", "web-1", {"key": "k1"}), first)
            self.assertEqual(fault_of(s.ipam.allocate, "lab", "web-2", {"key": "k1"}), 422)

    def test_faults_have_rests_statuses(self):
        with self.server() as house, house.proxy() as s:
            s.ipam.allocate("lab", "web-1")
            for code, call, arguments in (
                    (404, s.ipam.allocate, ("none", "web-1")),
                    (409, s.ipam.allocate, ("lab", "web-2", {"address": "192.0.2.1"})),
                    (409, s.ipam.allocate, ("lab", "web-2", {"address": "192.0.2.77"})),
                    (409, s.ipam.allocate, ("lab", "web-2", {"count": 6})),
                    (422, s.ipam.allocate, ("lab", "web-2", {"count": 0, "colour": "red"})),
                    (422, s.ipam.allocate, ("lab", "")),
                    (409, s.ipam.release, ("192.0.2.1", "web-2")),
                    (404, s.ipam.release, ("192.0.2.2", "web-2")),
                    (409, s.ipam.renew, ("192.0.2.1", "web-2", 60)),
                    (422, s.ipam.lookup, ("nowhere",)),
                    (-32602, s.ipam.lookup, ()),
                    (-32601, s.ipam.none, ())):
                self.assertEqual(fault_of(call, *arguments), code, arguments)
            with self.assertRaises(xmlrpc.client.Fault) as caught:
                s.ipam.allocate("lab", "web-2", {"count": 0, "colour": "red"})
            for name in ("count", "colour"):
                self.assertIn(name, caught.exception.faultString)

    def test_many_calls_in_one_request(self):
        with self.server() as house, house.proxy() as s:
            calls = xmlrpc.client.MultiCall(s)
            calls.ipam.allocate("lab", "web-1")
            calls.ipam.allocate("none", "web-1")
            calls.ipam.lookup("192.0.2.1")
            results = calls()
            self.assertEqual(results[0][0]["address"], "192.0.2.1")
            self.assertEqual(fault_of(lambda: results[1]), 404)
            self.assertEqual(results[2]["owner"], "web-1")
            call = {"methodName": "ipam.pools", "params": []}
            self.assertEqual(len(s.system.multicall([call] * 256)), 256)
            self.assertEqual(fault_of(s.system.multicall, [call] * 257), -32602)

    def test_what_there_is_to_call(self):
        with self.server() as house, house.proxy() as s:
            names = s.system.listMethods()
            self.assertEqual(names[:6], ["ipam.allocate", "ipam.lookup", "ipam.pools",
                                         "ipam.release", "ipam.releaseAll", "ipam.renew"])
            for name in names:
                self.assertTrue(s.system.methodHelp(name).endswith("."))
            self.assertEqual(s.system.methodSignature("ipam.release"),
                             [["boolean", "string", "string"]])

    def test_only_who_shows_a_certificate_of_the_authority(self):
        with self.server() as house, self.server() as other:
            foreign = context(house.folder, certify(other.folder, "node-1"))
            for tls in (context(house.folder), foreign):
                with self.assertRaises(OSError), house.proxy_with(tls) as s:
                    s.ipam.pools()
            with self.assertRaises(OSError), house.proxy_with(None, scheme="http") as s:
                s.ipam.pools()
            with self.assertRaises(ssl.SSLCertVerificationError), \
                    house.proxy_with(ssl.create_default_context()) as s:
                s.ipam.pools()
            with house.proxy() as s:
                self.assertEqual(len(s.ipam.pools()), 1)

    def test_owner_is_cn(self):
        with self.server("--owner-is-cn") as house, house.proxy("node-7") as s:
            self.assertEqual(s.ipam.allocate("lab", "node-7")[0]["owner"], "node-7")
            self.assertEqual(fault_of(s.ipam.allocate, "lab", "node-8"), 403)
            self.assertEqual(fault_of(s.ipam.releaseAll, "node-8"), 403)

    def test_the_log_names_the_certificate(self):
        with tempfile.TemporaryFile() as log:
            with self.server(log=log) as house, house.proxy("node-7") as s:
                s.ipam.pools()
                fault_of(s.ipam.allocate, "none", "web-1")
            text = read_log(log)
        self.assertRegex(text, r"127\.0\.0\.1 ipam\.pools ok .* name=node-7\n")
        self.assertRegex(text, r"127\.0\.0\.1 ipam\.allocate fault 404 .* name=node-7\n")

    def test_there_is_only_rpc2(self):
        with self.server() as house:
            with house.proxy_with(context(house.folder, certify(house.folder, "a")),
                                  path="/v1/pools") as s:
                with self.assertRaises(xmlrpc.client.ProtocolError) as caught:
                    s.ipam.pools()
            self.assertEqual(caught.exception.errcode, 404)

    @unittest.skipUnless(shutil.which("curl"), "no curl")
    def test_curl(self):
        with self.server() as house:
            document = xmlrpc.client.dumps(("lab", "web-1"), "ipam.allocate")
            done = subprocess.run(
                ["curl", "-sS", "--max-time", str(LIMIT), "--cacert",
                 os.path.join(house.folder, "ca.pem"), "--cert", certify(house.folder, "a"),
                 "--data-binary", document, "https://localhost:%d/RPC2" % house.port],
                timeout=LIMIT, stdout=subprocess.PIPE, check=True)
            (leases,), _ = xmlrpc.client.loads(done.stdout)
            self.assertEqual(leases[0]["address"], "192.0.2.1")


if __name__ == "__main__":
    unittest.main()
