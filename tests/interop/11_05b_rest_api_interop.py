"""11.5b REST API on a database: CPython's clients, requests, curl and the original's client; both
databases killed under load."""
import concurrent.futures
import http.client
import importlib.util
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from contextlib import ExitStack

from recipe import EXECUTABLE, LIMIT, client, onto_full_disk, server

_SPEC = importlib.util.spec_from_file_location(
    "postgresql", os.path.join(os.path.dirname(__file__), "11_05b_rest_api_postgresql.py"))
postgresql = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(postgresql)

NAME = "11_05b_rest_api"
ROWS_UNDER_LOAD = 40


def key(*arguments):
    """Runs `key` to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([EXECUTABLE, "key"] + list(arguments), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def add_key(database, name="ann", role="admin"):
    status, output, errors = key("add", name, "--role", role, "--database", database)
    assert status == 0, errors
    return output.rstrip("\n")


def request(address, method, path, body=None, **headers):
    """(status, fields, JSON or text)."""
    connection = http.client.HTTPConnection(*address, timeout=LIMIT)
    try:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            fields.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        connection.request(method, path, body, fields)
        response = connection.getresponse()
        text = response.read().decode()
        is_json = "json" in (response.headers["Content-Type"] or "")
        return response.status, response.headers, json.loads(text) if is_json and text else text
    finally:
        connection.close()


class OverSqlite(unittest.TestCase):
    """A server of its own, over SQLite; a subclass does the same over PostgreSQL."""

    @classmethod
    def make_database(cls, running):
        folder = running.enter_context(tempfile.TemporaryDirectory())
        return os.path.join(folder, "rest_api.db")

    @classmethod
    def setUpClass(cls):
        running = ExitStack()
        cls.addClassCleanup(running.close)
        cls.database = cls.make_database(running)
        cls.key = add_key(cls.database)
        _, cls.address = running.enter_context(
            server("--database", cls.database, "--cors", "*", "--log-level", "off"))
        cls.port = str(cls.address[1])

    def send(self, method, path, body=None, **headers):
        return request(self.address, method, path, body, X_API_Key=self.key, **headers)

    def run_client(self, *arguments):
        status, output, errors = client(*(arguments + ("--port", self.port)),
                                        LAB_API_KEY=self.key)
        return status, output.decode(), errors.decode()

    def test_a_life_in_http_client(self):
        status, fields, made = self.send("POST", "/products", {"name": "Té", "price": 19.99})
        self.assertEqual((status, fields["ETag"]), (201, '"1"'))
        where = fields["Location"]
        self.assertEqual(request(self.address, "GET", where)[2], made)
        status, fields, patched = self.send("PATCH", where, {"stock": 3}, If_Match='"1"')
        self.assertEqual((status, fields["ETag"], patched["stock"]), (200, '"2"', 3))
        self.assertEqual(self.send("PATCH", where, {"stock": 4}, If_Match='"1"')[0], 412)
        self.assertEqual(request(self.address, "GET", where, If_None_Match='"2"')[0], 304)
        self.assertEqual(request(self.address, "HEAD", where)[2], "")
        self.assertEqual(self.send("DELETE", where)[0], 204)
        self.assertEqual(request(self.address, "GET", where)[0], 404)

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_output_that_is_lost_is_an_error(self):
        for command in (("client", "health", "--port", self.port),
                        ("key", "list", "--database", self.database),
                        ("key", "add", "lost", "--database", self.database)):
            with self.subTest(command=command[:2]):
                self.assertEqual(onto_full_disk(*command), (
                    1, b"11_05b_rest_api: write output: No space left on device\n"))

    def test_urllib_is_told_every_mistake(self):
        wrong = urllib.request.Request(
            "http://%s:%d/products" % self.address, b'{"price":-1,"x":0}', method="POST",
            headers={"Content-Type": "application/json", "Authorization": "Bearer " + self.key})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(wrong, timeout=LIMIT)
        with refused.exception as error:
            self.assertEqual(error.code, 422)
            self.assertEqual(error.headers["Content-Type"], "application/problem+json")
            self.assertEqual([one["pointer"] for one in json.load(error)["errors"]],
                             ["#/x", "#/name", "#/price"])

    def test_many_clients_at_once(self):
        where = self.send("POST", "/products", {"name": "one", "price": 1})[1]["Location"]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            changes = [pool.submit(self.send, "PATCH", where, {"stock": i}, If_Match='"1"')
                       for i in range(32)]
            statuses = sorted(change.result()[0] for change in changes)
            self.assertEqual(statuses, [200] + [412] * 31)
            same = [pool.submit(self.send, "POST", "/users",
                                {"username": "same", "email": "same@x"}, Idempotency_Key="same")
                    for _ in range(32)]
            self.assertEqual({one.result()[0] for one in same}, {201})
            self.assertEqual(len({one.result()[2]["id"] for one in same}), 1)

    def test_the_client_of_the_command_line(self):
        status, output, errors = self.run_client("create", "products", "name=Tea", "price=4.55",
                                                 "category=cli")
        self.assertEqual((status, errors), (0, ""))
        made = json.loads(output)
        number = str(made["id"])
        self.assertEqual(json.loads(self.run_client("get", "products", number)[1]), made)
        changed = json.loads(self.run_client("update", "products", number, "stock=2")[1])
        self.assertEqual((changed["stock"], changed["category"]), (2, "cli"))
        replaced = json.loads(
            self.run_client("replace", "products", number, "--json",
                            '{"name":"T","price":1,"category":"cli"}')[1])
        self.assertEqual((replaced["stock"], replaced["name"]), (0, "T"))
        for i in range(4):
            self.run_client("create", "products", "name=n%d" % i, "price=%d.5" % i, "category=cli")
        status, output, _ = self.run_client("list", "--filter", "category=cli", "products",
                                            "--all", "--per-page", "2", "--sort-by", "price")
        self.assertEqual([json.loads(line)["price"] for line in output.splitlines()],
                         [0.5, 1, 1.5, 2.5, 3.5])
        status, output, errors = self.run_client("update", "products", number, "stock=-1",
                                                 "price=x", "--if-match", '"3"')
        self.assertEqual((status, output), (1, ""))
        self.assertRegex(errors, r"\A%s: 422 Unprocessable Entity: [^\n]*#/price[^\n]*#/stock"
                                 r"[^\n]*\n\Z" % NAME)
        status, _, errors = self.run_client("delete", "products", number, "--if-match", "")
        self.assertEqual(status, 1, "no ETag is equal to none that is given")
        self.assertRegex(errors, r"\A%s: 412 Precondition Failed" % NAME)
        self.assertEqual(self.run_client("delete", "products", number), (0, "", ""))
        status, output, errors = self.run_client("get", "products", number)
        self.assertEqual((status, output), (1, ""))
        self.assertRegex(errors, r"\A%s: 404 Not Found: [^\n]+\n\Z" % NAME)
        self.assertEqual(self.run_client("get", "products", "../users")[0], 1)
        self.assertEqual(json.loads(self.run_client("health")[1])["status"], "healthy")

    def test_keys_on_the_command_line(self):
        editor = add_key(self.database, "ed", "editor")
        self.assertRegex(editor, r"\Alab_[A-Za-z0-9_-]{43}\Z")
        self.assertIn("ed editor\n", key("list", "--database", self.database)[1])
        body = {"username": "keyed", "email": "keyed@x"}
        made = request(self.address, "POST", "/users", body, X_API_Key=editor)
        self.assertEqual(made[0], 201)
        self.assertEqual(request(self.address, "DELETE", made[1]["Location"],
                                 X_API_Key=editor)[0], 403)
        self.assertEqual(key("revoke", "ed", "--database", self.database), (0, "", ""))
        self.assertEqual(request(self.address, "POST", "/users", body, X_API_Key=editor)[0], 401)
        status, output, errors = key("revoke", "ed", "--database", self.database)
        self.assertEqual((status, output), (1, ""))
        self.assertRegex(errors, r"\A%s: [^\n]+\n\Z" % NAME)

    def test_curl(self):
        if not shutil.which("curl"):
            self.skipTest("no curl")
        output = subprocess.check_output(
            ["curl", "-si", "-X", "OPTIONS", "-H", "Origin: http://x",
             "-H", "Access-Control-Request-Method: PATCH",
             "http://%s:%d/users/1" % self.address], timeout=LIMIT).decode()
        self.assertIn(" 204 ", output.splitlines()[0])
        self.assertIn("Access-Control-Allow-Methods: PATCH", output)
        status = subprocess.check_output(
            ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", "-H", "X-API-Key: " + self.key,
             "-d", "a=b", "http://%s:%d/users" % self.address], timeout=LIMIT)
        self.assertEqual(status, b"415")

    def test_what_the_originals_client_does(self):
        try:
            import requests
        except ImportError:
            self.skipTest("no requests")
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update({"Content-Type": "application/json", "X-API-Key": self.key,
                                    "Accept": "application/json",
                                    "User-Agent": "REST-API-Client/1.0"})
            url = "http://%s:%d" % self.address
            self.assertEqual(session.get(url + "/health").json()["status"], "healthy")
            made = session.post(url + "/users", json={"username": "testuser",
                                                      "email": "test@example.com"})
            self.assertEqual(made.status_code, 201)
            listed = session.get(url + "/users", params={"page": 1, "per_page": 100}).json()
            self.assertIn(made.json(), listed["users"])
            product = session.post(url + "/products", json={"name": "radio", "price": 12.5,
                                                            "category": "electronics"}).json()
            found = session.get(url + "/products", params={"category": "electronics",
                                                           "max_price": 1000})
            self.assertEqual(found.json()["products"], [product])
            changed = session.patch("%s/products/%d" % (url, product["id"]), json={"stock": 7})
            self.assertEqual(changed.json()["stock"], 7)
            gone = session.delete("%s/products/%d" % (url, product["id"]))
            self.assertEqual(gone.status_code, 204)

    def test_responses_keep_what_the_document_promises(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("no jsonschema")
        self.send("POST", "/products", {"name": "schema", "price": 0.29})
        self.send("POST", "/users", {"username": "schema", "email": "s@x"})
        document = request(self.address, "GET", "/openapi.json")[2]
        for path, method, status in (("/products", "GET", 200), ("/users", "GET", 200),
                                     ("/products?page=0", "GET", 400), ("/users", "POST", 422)):
            came, fields, body = self.send(method, path, {} if method == "POST" else None)
            self.assertEqual(came, status)
            operation = document["paths"][path.split("?")[0]][method.lower()]
            content = operation["responses"][str(status)]["content"]
            schema = dict(content[fields["Content-Type"]]["schema"],
                          components=document["components"])
            jsonschema.validate(body, schema)

    def test_the_document_is_openapi(self):
        try:
            from openapi_spec_validator import validate
        except ImportError:
            self.skipTest("no openapi_spec_validator")
        validate(request(self.address, "GET", "/openapi.json")[2])


class OverPostgresql(OverSqlite):
    @classmethod
    def make_database(cls, running):
        reason = postgresql.missing()
        if reason:
            raise unittest.SkipTest(reason)
        cls.postgresql = postgresql.Server()
        running.callback(cls.postgresql.remove)
        return cls.postgresql.create("shop")


class Load:
    """Eight clients that create products until their server ends."""

    CLIENTS = 8

    def __init__(self, address, api_key):
        self.made = []  # the ids of the rows that were acknowledged
        self._changed = threading.Condition()
        self._address, self._key = address, api_key
        self._pool = concurrent.futures.ThreadPoolExecutor(self.CLIENTS)
        self._clients = [self._pool.submit(self._create) for _ in range(self.CLIENTS)]

    def wait_for(self, rows):
        """Returns when so many more rows are acknowledged."""
        with self._changed:
            wanted = len(self.made) + rows
            if not self._changed.wait_for(lambda: len(self.made) >= wanted, timeout=LIMIT):
                raise AssertionError("not %d rows in %d seconds" % (rows, LIMIT))

    def join(self):
        self._pool.shutdown()
        for one in self._clients:
            one.result()

    def _create(self):
        while True:
            try:
                status, _, row = request(self._address, "POST", "/products",
                                         {"name": "Tea", "price": 1}, X_API_Key=self._key)
            except (OSError, http.client.HTTPException):
                return
            if status == 201:
                with self._changed:
                    self.made.append(row["id"])
                    self._changed.notify_all()
            elif status != 503:  # the database is down, which is no end
                raise AssertionError("a creation came to %d" % status)


class UnderLoad(unittest.TestCase):
    """Rows that were acknowledged are there, whoever was killed."""

    def made_until_killed(self, database, api_key, during=lambda: None):
        """Kills a server that clients write to, before and after `during()`."""
        with server("--database", database, "--log-level", "off") as (process, address):
            load = Load(address, api_key)
            try:
                load.wait_for(ROWS_UNDER_LOAD)
                during()
                load.wait_for(ROWS_UNDER_LOAD)
            finally:
                process.kill()
                load.join()
        return load.made

    def assert_none_lost(self, database, made):
        self.assertEqual(len(set(made)), len(made), "an id was given twice")
        with server("--database", database, "--log-level", "off") as (_, address):
            there = set()
            path = "/products?per_page=100&page="
            total_pages = request(address, "GET", path + "1")[2]["pagination"]["total_pages"]
            for page in range(1, total_pages + 1):
                rows = request(address, "GET", path + str(page))[2]["products"]
                there.update(row["id"] for row in rows)
        self.assertEqual(set(made) - there, set(), "rows that were acknowledged are lost")

    def test_sqlite_loses_no_row(self):
        with tempfile.TemporaryDirectory() as folder:
            database = os.path.join(folder, "rest_api.db")
            made = self.made_until_killed(database, add_key(database))
            self.assert_none_lost(database, made)
            with sqlite3.connect(database) as connection:
                self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            connection.close()

    def test_postgresql_loses_no_row_and_is_of_use_again_at_once(self):
        reason = postgresql.missing()
        if reason:
            self.skipTest(reason)
        machine = postgresql.Server()
        try:
            database = machine.create("shop")

            def crash():
                machine.stop(signal.SIGQUIT)
                machine.start()

            made = self.made_until_killed(database, add_key(database), during=crash)
            self.assert_none_lost(database, made)
        finally:
            machine.remove()


class CommandLine(unittest.TestCase):
    def test_what_nobody_can_mean_is_bad_usage(self):
        for arguments in (("server", "--max-requests", "0"), ("server", "--cors", "a\nb"),
                          ("client", "get", "products", ""),
                          ("client", "create", "products", "price=1", "--json", "{}"),
                          ("client", "create", "products", b"name=\xff"),
                          ("client", "create", "products", "--json", b"\xff"),
                          ("client", "create", "products", "--json", ""),
                          ("client", "create", "products", "name"),
                          ("client", "create", "products", "=x"),
                          ("client", "list", "products", "--filter", "abc"),
                          ("key", "add", "a b")):
            with self.subTest(arguments=arguments):
                done = subprocess.run([EXECUTABLE, *arguments], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertRegex(done.stderr, rb"\A11_05b_rest_api: [^\n]+\n\Z")

    def test_after_a_stop_the_database_is_one_file(self):
        with tempfile.TemporaryDirectory() as folder:
            database = os.path.join(folder, "rest_api.db")
            api_key = add_key(database)
            with server("--database", database, "--log-level", "off") as (_, address):
                made = request(address, "POST", "/products", {"name": "Tea", "price": 1},
                               X_API_Key=api_key)
                self.assertEqual(made[0], 201)
            self.assertEqual(os.listdir(folder), ["rest_api.db"])

    def test_an_unusable_database_is_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            newer = os.path.join(folder, "newer.db")
            add_key(newer)
            with sqlite3.connect(newer) as connection:
                connection.execute("INSERT INTO schema_migrations VALUES (99, 'then')")
            connection.close()
            for database, words in ((os.path.join(folder, "none", "a.db"), "unable to open"),
                                    (newer, "version 99"),
                                    ("postgresql://me:secret@127.0.0.1:1/shop", "refused"),
                                    ("postgresql://127.0.0.1/", "name")):
                done = subprocess.run([EXECUTABLE, "server", "--port", "0", "--database", database],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, timeout=LIMIT)
                errors = done.stderr.decode()
                self.assertEqual((done.returncode, done.stdout), (1, b""), errors)
                self.assertRegex(errors, r"\A%s: [^\n]*%s[^\n]*\n\Z" % (NAME, words))
                self.assertNotIn("secret", errors)

    def test_a_key_comes_from_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            database = os.path.join(folder, "rest_api.db")
            path = os.path.join(folder, "key")
            with open(path, "w") as file:
                file.write(add_key(database) + "\n")
            with server("--database", database, "--log-level", "off") as (_, address):
                status, _, errors = client("create", "users", "username=a", "email=a@x",
                                           "--key-file", path, "--port", str(address[1]))
                self.assertEqual((status, errors), (0, b""))


if __name__ == "__main__":
    unittest.main()
