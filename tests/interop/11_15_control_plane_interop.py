"""11.15 Control plane: curl, CPython's client and the command line's; servers and databases killed under
load; two servers over one database."""
import concurrent.futures
import contextlib
import http.client
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import threading
import unittest
import uuid

from recipe import EXECUTABLE, LIMIT, client, server

_SPEC = importlib.util.spec_from_file_location(
    "postgresql", os.path.join(os.path.dirname(__file__), "11_05b_rest_api_postgresql.py"))
postgresql = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(postgresql)

NAME = "11_15_control_plane"
CLIENTS = 16
CHANGES_UNDER_LOAD = 100


class ControlPlane:
    """A server that runs, and how to ask it."""

    def __init__(self, process, address, folder):
        self.process, self.address, self.folder = process, address, folder
        self.url = "http://%s:%d" % address
        self.key_file = os.path.join(folder, "admin.key")
        with open(self.key_file) as file:
            self.key = file.read().strip()

    def connect(self):
        return http.client.HTTPConnection(*self.address, timeout=LIMIT)

    def ask(self, method, path, body=None, connection=None, **headers):
        """(status, fields, JSON or text)."""
        fields = {"Authorization": "Bearer " + self.key}
        fields.update((name.replace("_", "-"), value) for name, value in headers.items())
        if body is not None:
            fields.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        with contextlib.ExitStack() as own:
            if connection is None:
                connection = own.enter_context(contextlib.closing(self.connect()))
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            text = response.read().decode()
            is_json = "json" in (response.headers["Content-Type"] or "")
            return response.status, response.headers, json.loads(text) if is_json else text

    def run_client(self, *arguments):
        status, output, errors = client("--url", self.url, "--key-file", self.key_file, *arguments)
        return status, output.decode(), errors.decode()

    def leases(self):
        """All that are held: {address: owner}."""
        held, after = {}, ""
        while after is not None:
            _, _, page = self.ask("GET", "/v1/leases?limit=1000" + after)
            held.update((one["address"], one["owner"]) for one in page["leases"])
            after = page["next"] and "&after=" + page["next"]
        return held

    def events(self):
        """All that has happened, up to a change of our own."""
        name = "end-" + uuid.uuid4().hex
        self.ask("POST", "/v1/pools", {"name": name, "cidr": "2001:db8:%s::/64" % name[4:8]})
        with self.watch("--since", "0") as next_event:
            assert next_event() == {"event": "ready", "seq": 0}
            seen = []
            while not seen or seen[-1]["pool"] != name:
                seen.append(next_event())
            return seen

    @contextlib.contextmanager
    def watch(self, *arguments):
        """Runs `client watch`: a function that returns the next event."""
        with subprocess.Popen([EXECUTABLE, "client", "--url", self.url, "--key-file", self.key_file,
                               "watch", *arguments], stdout=subprocess.PIPE) as watcher:
            patience = threading.Timer(LIMIT, watcher.kill)  # whoever waits then reads no JSON
            patience.start()
            try:
                yield lambda: json.loads(watcher.stdout.readline())
            finally:
                patience.cancel()
                watcher.kill()


@contextlib.contextmanager
def control_plane(folder, *arguments, port=0):
    """A server over the folder's database, or over another one."""
    with server("--rpc-port", "0", "--data", folder, "--log-level", "off", *arguments,
                port=port) as (process, address):
        process.second_line = process.stdout.readline().decode()
        yield ControlPlane(process, address, folder)


def held_by(events):
    """What is held after all these events: {address: owner}. No number is passed over, nobody takes
    what is held, nothing is given back that nobody has."""
    held = {}
    for number, event in enumerate(events, 1):
        assert event["seq"] == number, "event %d has number %d" % (number, event["seq"])
        if event["event"] == "lease.held":
            assert event["address"] not in held, "%s was given to two" % event["address"]
            held[event["address"]] = event["owner"]
        elif event["event"] in ("lease.released", "lease.expired"):
            assert held.pop(event["address"], None) == event["owner"], event
    return held


class Load:
    """Sixteen clients that take addresses and give some back, until their server ends."""

    def __init__(self, planes):
        self.held = {}  # {address: owner}: what was acknowledged
        self.unclear = []  # (owner, Idempotency-Key) of what nobody knows
        self.given_back = set()  # whose release nobody knows
        self.changes = 0
        self._changed = threading.Condition()
        self._pool = concurrent.futures.ThreadPoolExecutor(CLIENTS)
        self._clients = [self._pool.submit(self._work, planes[i % len(planes)], "node-%d" % i)
                         for i in range(CLIENTS)]

    def wait_for(self, changes):
        """Returns when so many more changes are acknowledged."""
        with self._changed:
            wanted = self.changes + changes
            if not self._changed.wait_for(lambda: self.changes >= wanted, timeout=LIMIT):
                raise AssertionError("not %d changes in %d seconds" % (changes, LIMIT))

    def end(self, *processes):
        """Kills the servers, and waits for the clients."""
        for process in processes:
            process.kill()
        self._pool.shutdown()
        for one in self._clients:
            one.result()

    def ask_again(self, plane):
        """Asks for what nobody knows, with the same keys: now it is there once."""
        for owner, key in self.unclear:
            status, _, body = plane.ask("POST", "/v1/pools/lan/leases", {"owner": owner, "count": 2},
                                        Idempotency_Key=key)
            assert status in (200, 201), body
            self._acknowledge(owner, body)

    def _acknowledge(self, owner, body):
        with self._changed:
            for lease in body["leases"]:
                assert lease["owner"] == owner
                before = self.held.setdefault(lease["address"], owner)
                assert before == owner, "%s is %s's, too" % (lease, before)
            self.changes += 1
            self._changed.notify_all()

    def _work(self, plane, owner):
        with contextlib.closing(plane.connect()) as connection:
            while self._take(plane, connection, owner) and self._give_back(plane, connection, owner):
                pass

    def _take(self, plane, connection, owner):
        key, status = uuid.uuid4().hex, 503
        try:
            while status == 503:  # the database is down, which is no end
                status, _, body = plane.ask("POST", "/v1/pools/lan/leases",
                                            {"owner": owner, "count": 2}, connection,
                                            Idempotency_Key=key)
        except (OSError, http.client.HTTPException):
            self.unclear.append((owner, key))
            return False
        assert status in (200, 201), body
        self._acknowledge(owner, body)
        return True

    def _give_back(self, plane, connection, owner):
        with self._changed:
            address = next(one for one, holder in self.held.items() if holder == owner)
            del self.held[address]  # whoever takes it next may hear of it before we do
        try:
            status, _, body = plane.ask("DELETE", "/v1/leases/%s?owner=%s" % (address, owner),
                                        None, connection)
        except (OSError, http.client.HTTPException):
            status, body = None, None
        if status in (None, 503):
            self.given_back.add((address, owner))
            return status is not None
        assert status == 204, body
        return True


class ControlPlaneOverRest(unittest.TestCase):
    """A server of its own, over SQLite; a subclass does the same over PostgreSQL."""

    @classmethod
    def database(cls, _):
        return ()

    @classmethod
    def setUpClass(cls):
        running = contextlib.ExitStack()
        cls.addClassCleanup(running.close)
        cls.folder = os.path.join(running.enter_context(tempfile.TemporaryDirectory()), "data")
        cls.plane = running.enter_context(control_plane(cls.folder, *cls.database(running)))

    def ask(self, *arguments, **headers):
        return self.plane.ask(*arguments, **headers)

    def make_pool(self, name, cidr, **more):
        status, _, body = self.ask("POST", "/v1/pools", {"name": name, "cidr": cidr, **more})
        self.assertEqual(status, 201, body)

    def test_a_lease_in_http_client(self):
        self.make_pool("life", "10.1.0.0/29", ttl=60)
        status, _, body = self.ask("POST", "/v1/pools/life/leases", {"owner": "a", "count": 2})
        self.assertEqual(status, 201)
        self.assertEqual([one["address"] for one in body["leases"]], ["10.1.0.1", "10.1.0.2"])
        self.assertEqual(body["leases"][0]["expires"] - body["leases"][0]["since"], 60)
        lease = "/v1/leases/10.1.0.2"
        self.assertEqual(self.ask("GET", lease)[2], body["leases"][1])
        self.assertEqual(self.ask("DELETE", lease + "?owner=b")[0], 409)
        self.assertEqual(self.ask("DELETE", lease + "?owner=a")[0], 204)
        status, fields, problem = self.ask("GET", lease)
        self.assertEqual((status, fields["Content-Type"]), (404, "application/problem+json"))
        self.assertRegex(problem["type"], "#not-held$")
        self.assertEqual(self.ask("DELETE", "/v1/leases?owner=a")[2], {"released": 1})

    def test_every_mistake_is_named(self):
        status, _, problem = self.ask("POST", "/v1/pools", {"name": "?", "cidr": "10.0.0.1/8", "x": 1})
        self.assertEqual(status, 422)
        self.assertRegex(problem["type"], "#invalid$")
        self.assertEqual({one["field"] for one in problem["errors"]}, {"name", "cidr", "x"})
        self.assertEqual(self.ask("POST", "/v1/pools", "{")[0], 400)

    def test_an_idempotency_key_counts_once_however_many_come_at_once(self):
        self.make_pool("once", "10.2.0.0/24")
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            same = [pool.submit(self.ask, "POST", "/v1/pools/once/leases", {"owner": "a"},
                                Idempotency_Key="same") for _ in range(2 * CLIENTS)]
            responses = [one.result() for one in same]
        self.assertEqual(sorted(status for status, _, _ in responses),
                         [200] * (2 * CLIENTS - 1) + [201])
        self.assertEqual(len({one["leases"][0]["address"] for _, _, one in responses}), 1)

    def test_a_lease_expires(self):
        self.make_pool("short", "10.3.0.0/24")
        self.ask("POST", "/v1/pools/short/leases", {"owner": "dead", "ttl": 1})
        with self.plane.watch("--since", "0", "--pool", "short") as next_event:
            seen = [next_event() for _ in range(4)]
        self.assertEqual([one["event"] for one in seen],
                         ["ready", "pool.created", "lease.held", "lease.expired"])
        self.assertEqual((seen[3]["address"], seen[3]["owner"]), ("10.3.0.1", "dead"))
        self.assertEqual(self.ask("GET", "/v1/leases?pool=short")[2]["leases"], [])

    def test_curl(self):
        if not shutil.which("curl"):
            self.skipTest("no curl")

        def curl(*arguments):
            output = subprocess.check_output(["curl", "-si", *arguments], timeout=LIMIT).decode()
            head, _, body = output.partition("\r\n\r\n")
            return int(head.split()[1]), head, body

        key, json_type = "Authorization: Bearer " + self.plane.key, "Content-Type: application/json"
        status, head, _ = curl(self.plane.url + "/v1/pools")
        self.assertEqual(status, 401)
        self.assertIn("WWW-Authenticate: Bearer", head)
        status, head, body = curl(self.plane.url + "/v1/pools", "-H", key, "-H", json_type, "-d",
                                  '{"name":"curl","cidr":"2001:db8:c::/64"}')
        self.assertEqual((status, json.loads(body)["size"]), (201, str(2 ** 64 - 1)))
        self.assertIn("Location: /v1/pools/curl\r\n", head + "\r\n")
        status, _, body = curl(self.plane.url + "/v1/pools/curl/leases", "-H", key, "-H", json_type,
                               "-H", "Idempotency-Key: c", "-d", '{"owner":"curl"}')
        self.assertEqual((status, json.loads(body)["leases"][0]["address"]), (201, "2001:db8:c::1"))
        self.assertEqual(curl(self.plane.url + "/v1/pools/curl/leases", "-H", key, "-H", json_type,
                              "-H", "Idempotency-Key: c", "-d", '{"owner":"curl"}')[2], body)
        self.assertEqual(curl(self.plane.url + "/v1/leases/2001%3ADB8%3AC%3A%3A1", "-H", key)[0], 200)
        self.assertEqual(curl(self.plane.url + "/v1/pools", "-H", key, "-d", "a=b")[0], 415)
        self.assertEqual(curl(self.plane.url + "/healthz")[0], 200)

    def test_the_client_of_the_command_line(self):
        def lines(*arguments):
            status, output, errors = self.plane.run_client(*arguments)
            self.assertEqual((status, errors), (0, ""))
            return [json.loads(line) for line in output.splitlines()]

        pool = lines("pool", "cli", "10.4.0.0/29", "--reserved", "10.4.0.1", "--reserved",
                     "10.4.0.3-10.4.0.4", "--ttl", "60", "--note", "of the client")
        self.assertEqual((pool[0]["size"], pool[0]["ttl"]), ("3", 60))
        self.assertIn("cli", [one["name"] for one in lines("pools")])
        taken = lines("allocate", "cli", "--owner", "a b", "--count", "2")
        self.assertEqual([one["address"] for one in taken], ["10.4.0.2", "10.4.0.5"])
        self.assertEqual(lines("show", "10.4.0.2"), taken[:1])
        self.assertEqual(lines("renew", "10.4.0.2", "--owner", "a b", "--ttl", "0")[0]["expires"], 0)
        self.assertEqual(lines("release", "10.4.0.2", "--owner", "a b"), [])
        for refused, words in (
                (("show", "10.4.0.2"), "404 Not Found"),
                (("allocate", "cli", "--owner", "c", "--count", "9"), "409 Conflict"),
                (("pool", "CLI", "10.4.0.1/8"), "422 Unprocessable Entity: name: [^\n]*cidr: ")):
            status, output, errors = self.plane.run_client(*refused)
            self.assertEqual((status, output), (1, ""))
            self.assertRegex(errors, r"\A%s: %s[^\n]*\n\Z" % (NAME, words))

    def test_the_document_is_openapi(self):
        try:
            from openapi_spec_validator import validate
        except ImportError:
            self.skipTest("no openapi_spec_validator")
        validate(self.ask("GET", "/openapi.json")[2])


class ControlPlaneOverRestAndPostgresql(ControlPlaneOverRest):
    @classmethod
    def database(cls, running):
        reason = postgresql.missing()
        if reason:
            raise unittest.SkipTest(reason)
        machine = postgresql.Server()
        running.callback(machine.remove)
        return "--database", machine.create("ipam")


class ControlPlaneUnderLoad(unittest.TestCase):
    """What was acknowledged is there, once, whoever was killed; and the events tell of just that."""

    def setUp(self):
        running = contextlib.ExitStack()
        self.addCleanup(running.close)
        self.running = running
        self.folder = running.enter_context(tempfile.TemporaryDirectory())

    def start_postgresql(self):
        reason = postgresql.missing()
        if reason:
            self.skipTest(reason)
        machine = postgresql.Server()
        self.running.callback(machine.remove)
        return machine

    def assert_all_is_told(self, load, plane):
        load.ask_again(plane)
        leases = plane.leases()
        for address, owner in load.held.items():
            self.assertEqual(leases.get(address), owner, "an acknowledged lease is lost")
        for address, owner in set(leases.items()) - set(load.held.items()):
            self.assertIn((address, owner), load.given_back, "a lease that nobody was told of")
        self.assertEqual(held_by(plane.events()), leases)

    def make_pool(self, plane):
        self.assertEqual(plane.ask("POST", "/v1/pools", {"name": "lan", "cidr": "10.0.0.0/8"})[0], 201)

    def test_a_server_over_sqlite_is_killed(self):
        with control_plane(self.folder) as plane:
            self.make_pool(plane)
            load = Load([plane])
            try:
                load.wait_for(CHANGES_UNDER_LOAD)
            finally:
                load.end(plane.process)
        with control_plane(self.folder) as plane:
            self.assert_all_is_told(load, plane)
        with contextlib.closing(sqlite3.connect(os.path.join(self.folder, "ipam.db"))) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))

    def test_one_of_two_servers_over_postgresql_is_killed(self):
        url = self.start_postgresql().create("ipam")
        with control_plane(self.folder, "--database", url) as killed, \
                control_plane(self.folder, "--database", url) as other:
            self.make_pool(killed)
            load = Load([killed, other])
            try:
                load.wait_for(CHANGES_UNDER_LOAD)
                killed.process.kill()
                load.wait_for(CHANGES_UNDER_LOAD)
            finally:
                load.end(other.process)
        with control_plane(self.folder, "--database", url) as plane:
            self.assert_all_is_told(load, plane)

    def test_postgresql_is_killed_and_comes_back(self):
        machine = self.start_postgresql()
        with control_plane(self.folder, "--database", machine.create("ipam")) as plane:
            self.make_pool(plane)
            load = Load([plane])
            try:
                load.wait_for(CHANGES_UNDER_LOAD)
                machine.stop(signal.SIGQUIT)
                status, fields, problem = plane.ask("GET", "/v1/pools")
                self.assertEqual((status, fields["Retry-After"]), (503, "1"))
                self.assertRegex(problem["type"], "#unavailable$")
                self.assertEqual(plane.ask("GET", "/readyz")[0], 503)
                self.assertEqual(plane.ask("GET", "/healthz")[0], 200)
                machine.start()
                load.wait_for(CHANGES_UNDER_LOAD)
            finally:
                load.end(plane.process)
        with control_plane(self.folder, "--database", machine.url("ipam")) as plane:
            self.assert_all_is_told(load, plane)


class ControlPlaneCommandLine(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = os.path.join(holder.name, "ipam-data")

    def mode(self, name=""):
        return stat.S_IMODE(os.stat(os.path.join(self.folder, name)).st_mode)

    def test_says_where_it_is_and_makes_its_folder(self):
        with control_plane(self.folder) as plane:
            match = re.fullmatch(r"xml-rpc on 127\.0\.0\.1:([1-9]\d*)\n", plane.process.second_line)
            self.assertTrue(match, plane.process.second_line)
            with socket.create_connection(("127.0.0.1", int(match.group(1))), timeout=LIMIT):
                pass
            self.assertEqual(self.mode(), 0o700)
            self.assertEqual(self.mode("admin.key"), 0o600)
            self.assertTrue({"ipam.db", "ca.pem", "server.pem"} <= set(os.listdir(self.folder)))
            key = plane.key
        with control_plane(self.folder) as plane:
            self.assertEqual(plane.key, key, "a key is made once")

    def test_an_order_to_end_lets_a_request_finish(self):
        body = b'{"name":"last","cidr":"10.0.0.0/8"}'
        with control_plane(self.folder) as plane:
            with socket.create_connection(plane.address, timeout=LIMIT) as late:
                late.sendall(("POST /v1/pools HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                              "Content-Type: application/json\r\nExpect: 100-continue\r\n"
                              "Content-Length: %d\r\n\r\n" % (plane.key, len(body))).encode())
                self.assertIn(b" 100 ", late.recv(100))  # so it is under way
                plane.process.terminate()
                while True:
                    try:
                        socket.create_connection(plane.address, timeout=LIMIT).close()
                    except ConnectionResetError:
                        pass  # it has closed its socket just now
                    except ConnectionRefusedError:
                        break
                late.sendall(body)
                received = b""
                while True:
                    data = late.recv(1000)
                    if not data:
                        break
                    received += data
            self.assertIn(b"HTTP/1.1 201 Created\r\n", received)
            self.assertEqual(plane.process.wait(timeout=LIMIT), 0)
        with control_plane(self.folder) as plane:
            self.assertEqual(plane.ask("GET", "/v1/pools/last")[0], 200)

    def test_a_watcher_comes_back_without_gap_or_double(self):
        seen = []
        with control_plane(self.folder) as first:
            first.ask("POST", "/v1/pools", {"name": "lan", "cidr": "10.0.0.0/8"})
            with first.watch("--since", "0") as next_event:
                seen += [next_event(), next_event()]
                first.process.kill()
                first.process.wait()
                with control_plane(self.folder, port=first.address[1]) as again:
                    again.ask("POST", "/v1/pools/lan/leases", {"owner": "a"})
                    seen += [next_event(), next_event()]
                    again.process.terminate()  # which is a Close, 1001
                    again.process.wait(timeout=LIMIT)
                    with control_plane(self.folder, port=first.address[1]) as last:
                        last.ask("DELETE", "/v1/leases?owner=a")
                        seen += [next_event(), next_event()]
        self.assertEqual([(one["event"], one["seq"]) for one in seen],
                         [("ready", 0), ("pool.created", 1), ("ready", 1), ("lease.held", 2),
                          ("ready", 2), ("lease.released", 3)])

    def test_a_watcher_with_a_wrong_key_does_not_come_back(self):
        wrong = self.folder + ".key"
        with open(wrong, "w") as file:
            file.write("wrong")
        with control_plane(self.folder) as plane:
            status, output, errors = client("--url", plane.url, "--key-file", wrong, "watch")
            self.assertEqual((status, output), (1, b""))
            self.assertRegex(errors.decode(), r"\A%s: closed 4401: [^\n]+\n\Z" % NAME)

    def test_what_is_unusable_is_one_line(self):
        file, text = self.folder + ".file", self.folder + ".txt"
        for name, content in ((file, ""), (text, "x" * 4096)):
            with open(name, "w") as made:
                made.write(content)
        for arguments, words in ((("--data", os.path.join(file, "data")), "Not a directory"),
                                 (("--database", "postgresql://me:secret@127.0.0.1:1/ipam"), "refused"),
                                 (("--database", "sqlite:" + text), r"\.txt: file is not a database"),
                                 (("--cert", file, "--key", file), "file")):
            done = subprocess.run([EXECUTABLE, "server", "--port", "0", "--rpc-port", "0", "--data",
                                   self.folder, *arguments] if "--data" not in arguments else
                                  [EXECUTABLE, "server", "--port", "0", "--rpc-port", "0", *arguments],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=LIMIT)
            errors = done.stderr.decode()
            self.assertEqual((done.returncode, done.stdout), (1, b""), errors)
            self.assertRegex(errors, r"\A%s: [^\n]*%s[^\n]*\n\Z" % (NAME, words))
            self.assertNotIn("secret", errors)

    def test_bad_usage_is_one_line_and_changes_nothing(self):
        for arguments, words in (
                (("client", "--url", "bogus", "pools"), "--url: "),
                (("client", "pools", "--url", "ftp://a/"), "--url: "),
                (("client", "watch", "--since", "-1"), "--since: "),
                (("client", "pool", "", "10.0.0.0/8"), "name: is empty"),
                (("client", "pool", "a", "10.0.0.0/8", "--reserved", ""), "--reserved: is empty"),
                (("client", "allocate", "a", "--owner", ""), "--owner: is empty"),
                (("client", "allocate", "a", "--owner", "b", "--address", ""), "--address: is empty"),
                (("client", "show", ""), "address: is empty"),
                (("server", "--data", self.folder, "--database", "postgresql://"), "name"),
                (("server", "--data", self.folder, "--database", "postgresql://127.0.0.1/"), "name"),
                (("server", "--data", self.folder, "--database", "sqlite:"), "path"),
                (("certify", "--data", self.folder, "a/b"), "64 letters"),
                (("certify", "--data", self.folder, "server"), "64 letters"),
                (("certify", "--data", self.folder, ""), "name: ")):
            with self.subTest(arguments):
                done = subprocess.run([EXECUTABLE, *arguments], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
                errors = done.stderr.decode()
                self.assertEqual((done.returncode, done.stdout), (2, b""), errors)
                self.assertRegex(errors, r"\A%s: [^\n]{,150}%s[^\n]{,150}\n\Z" % (NAME, words))
        self.assertFalse(os.path.exists(self.folder))

    def test_a_client_without_a_server_or_a_key_is_one_line(self):
        with control_plane(self.folder) as plane:
            no_key = ("--url", plane.url, "--key-file", self.folder + "/none", "pools")
            key = plane.key_file
        gone = ("--url", plane.url, "--key-file", key)
        for arguments, words in ((no_key, "No such file"), (gone + ("pools",), "refused"),
                                 (gone + ("watch",), "refused")):
            status, output, errors = client(*arguments)
            self.assertEqual((status, output), (1, b""))
            self.assertRegex(errors.decode(), r"\A%s: [^\n]*%s[^\n]*\n\Z" % (NAME, words))


if __name__ == "__main__":
    unittest.main()
