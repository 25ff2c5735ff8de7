"""./lab grade on submissions that attack it: they win no points and leave nothing behind."""

import contextlib
import json
import os
import shutil
import socket
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from tools import sandbox

from .support import GradeCase, sample

GOOD = "return a + b;"
HEAD = r"""
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
"""
COMMAND_LINE = r"""
static std::string words(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}
static std::string case_name() {
    std::string line = words("/proc/self/cmdline");
    const auto at = line.find("*/");
    return at == line.npos ? "adds" : line.substr(at + 2, line.find('\0', at) - at - 2);
}
"""
FORGERY = r"""
static std::string forged() {
    const std::string name = case_name();
    const std::string report = "<TestResult><TestSuite><TestCase name=\"" + name +
        "\" result=\"passed\" assertions_passed=\"1\" assertions_failed=\"0\"/></TestSuite></TestResult>";
    for (int descriptor = 3; descriptor < 64; ++descriptor) {
        char secret[32] = {};
        recv(descriptor, secret, sizeof secret, MSG_DONTWAIT);
        const std::string verdict = std::string(secret, 32) + " passed 1 " + name + "\n";
        send(descriptor, verdict.data(), verdict.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    puts(report.c_str());
    std::ofstream("report.xml") << report;
    fflush(stdout);
    _exit(0);
}
"""


def before_main(body: str) -> str:
    """What precedes a submission's functions; `body` is run by a static initialiser."""
    return f"{HEAD}{COMMAND_LINE}{FORGERY}static const int begun = [] {{ {body} return 0; }}();"


def stray_processes() -> list[str]:
    """The living processes that submissions here name `stray`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if (folder / "comm").read_text().strip() == "stray" and state != "Z":
                found.append(folder.name)
    return found


class HostileCase(GradeCase):
    """A test that grades a submission which attacks the grader."""

    def points(self, source: str) -> int:
        """Grades a source; the points, after checking that the grader has lived to write them."""
        status, self.text = self.grade("gradescope", source=source)
        self.assertIn(status, (0, 1, 2), self.text)
        return json.loads(self.text)["score"]

    def secret(self) -> Path:
        """A file that nobody but the grader should see, for all that its mode allows."""
        folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "secret").write_text("hunter2\n")
        folder.chmod(0o755)
        return folder / "secret"


class Verdicts(HostileCase):
    """Forged verdicts, which no sandbox would prevent."""

    def test_a_static_initialiser_that_writes_the_report_itself(self):
        self.assertEqual(self.points(sample(GOOD, before=before_main("forged();"))), 0)
        self.assertIn("ended before the test was over, with exit status 0", self.text)

    def test_an_initialiser_ahead_of_all_others(self):
        first = r"""
            static void first(int, char**, char**) { forged(); }
            __attribute__((used, section(".preinit_array"))) static void (*const at)(int, char**, char**) = first;
            __attribute__((constructor(0))) static void second() { forged(); }
        """
        self.assertEqual(self.points(sample(GOOD, before=before_main("") + first)), 0)
        self.assertIn("ended before the test was over", self.text)

    def test_a_verdict_from_within_a_case(self):
        before = before_main("")
        self.assertEqual(self.points(sample("forged(); return 0;", before=before)), 3)

    def test_a_main_of_its_own(self):
        own = "int main() { forged(); }"
        self.assertEqual(self.points(sample(GOOD, before=before_main("") + own)), 0)
        self.assertIn("multiple definition" if "multiple" in self.text else "duplicate", self.text)

    def test_what_reaches_for_the_tests_is_refused(self):
        namespace = "#include <boost/test/unit_test.hpp>\n#include <boost/test/execution_monitor.hpp>\n"
        for reach, body, said in [
            (namespace, "throw boost::execution_aborted();", "uses the library that tests it"),
            (namespace, "BOOST_TEST(true); return 0;", "uses the library that tests it"),
            (
                "namespace cookbook::testing { void fail(const std::string&, int) {} }",
                GOOD,
                "uses the library that tests it",
            ),
            ('extern "C" long syscall(long, ...) { return 32; }', GOOD, "defines syscall"),
            (
                'extern "C" int (*pick())(int) { return nullptr; }\n'
                '__attribute__((ifunc("pick"))) int chosen(int);\nint use() { return chosen(1); }',
                GOOD,
                "before the program begins",
            ),
            (
                '#include <dlfcn.h>\nstatic void* it = dlsym(RTLD_DEFAULT, "x");',
                GOOD,
                "calls dlsym",
            ),
            (
                "#include <new>\nvoid* operator new(std::size_t) { throw std::bad_alloc(); }",
                GOOD,
                "replaces _Znwm",
            ),
        ]:
            with self.subTest(reach):
                self.assertEqual(self.points(sample(body, before=reach)), 0)
                self.assertIn("reaches for the tests", self.text)
                self.assertIn(said, self.text)

    def test_a_header_that_redefines_what_the_tests_say(self):
        header = self.submission / "sample.hpp"
        header.write_text(header.read_text() + "#define BOOST_TEST_ALTERNATIVE\n#define FAKE\n")
        self.assertEqual(self.points(sample("return 0;")), 3)
        self.assertIn("sample.hpp is not taken: it has no step", self.text)


class Machine(HostileCase):
    """Attacks on the machine, in the best sandbox that it has."""

    def test_killing_the_grader(self):
        for attack in ("kill(getppid(), SIGKILL);", "kill(-1, SIGKILL);", "kill(0, SIGKILL);"):
            with self.subTest(attack):
                self.points(sample(GOOD, before=before_main(attack)))
                tests = json.loads(self.text)["tests"]
                self.assertNotIn("has not run", [test["output"] for test in tests])

    def test_writing_outside_of_its_folder(self):
        targets = [
            self.project.root / "tests" / "planted.cpp",
            self.project.build / "planted",
            self.submission / "planted",
            Path("/usr/planted"),
            Path("/etc/planted"),
        ]
        writes = "".join(f'std::ofstream("{target}") << "mine";' for target in targets)
        self.grade("lab", source=sample(GOOD, before=before_main(writes)))
        for target in targets:
            planted = target.exists()
            target.unlink(missing_ok=True)
            self.assertFalse(planted, f"a submission has written {target}")

    def test_what_it_may_read(self):
        secret = self.secret()
        secret.parent.chmod(0o700)  # as /root is
        tell = f'puts(words("{secret}").c_str());'
        self.points(sample(tell + "return 0;", before=before_main("")))
        self.assertNotIn("hunter2", self.text, "a case has read the machine's files")

    def test_processes_left_behind(self):
        stray = """
            for (int i = 0; i < 16; ++i) {
                if (fork() == 0) {
                    setsid(); clearenv();
                    if (fork() != 0) _exit(0);
                    prctl(PR_SET_NAME, "stray");
                    close(0); close(1); close(2);
                    for (;;) sleep(1);
                }
            }
            """ + GOOD
        self.grade("lab", source=sample(stray, before=HEAD))
        self.assertEqual(stray_processes(), [])

    def test_a_fork_bomb(self):
        self.give_each_case(seconds=2)
        bomb = 'prctl(PR_SET_NAME, "stray"); for (;;) { if (fork() < 0) usleep(1000); }'
        with mock.patch("tools.sandbox.PROCESSES", 100):
            self.assertEqual(self.points(sample(bomb, before=HEAD)), 3)
        self.assertEqual(stray_processes(), [])


class InNamespaces(HostileCase):
    """What holds in bubblewrap alone."""

    def setUp(self) -> None:
        super().setUp()
        if not isinstance(sandbox.find(self.project), sandbox.Namespaces):
            self.skipTest("bubblewrap does not work on this machine")

    def test_a_file_of_the_machine_in_the_compilers_message(self):
        for include in (f'#include "{self.secret()}"', '#include "/proc/self/environ"'):
            with self.subTest(include), mock.patch.dict(os.environ, {"TOKEN": "hunter2"}):
                self.points(sample(GOOD, before=include))
                self.assertNotIn("hunter2", self.text)

    def test_a_file_of_the_machine_in_the_program(self):
        embedded = f'''
            asm(".globl loot\\nloot: .incbin \\"{self.secret()}\\"\\n.byte 0\\n");
            extern "C" const char loot[];
        '''
        self.assertEqual(self.points(sample("puts(loot);", before=HEAD + embedded)), 0)
        self.assertNotIn("hunter2", self.text)

    def test_a_case_sees_no_file_and_no_process_of_the_machine(self):
        pids = ", ".join(filter(str.isdigit, os.listdir("/proc")))
        look = f'''puts(words("{self.secret()}").c_str());
            for (const int pid : {{{pids}}}) if (kill(pid, 0) == 0 || errno == EPERM) printf("%d ", pid);
            return 0;'''
        before = before_main("") + "\n#include <cerrno>"
        self.points(sample(look, before=before))
        self.assertNotIn("hunter2", self.text)
        output = json.loads(self.text)["tests"][0]["output"]
        seen = output.rpartition("it printed:")[2].split()
        self.assertLessEqual({int(pid) for pid in seen}, set(range(10)), output)

    def test_a_case_has_a_tmp_of_its_own(self):
        planted = Path("/tmp/planted-by-a-submission")
        self.points(sample(f'std::ofstream("{planted}") << 1; return a + b;', before=HEAD))
        self.assertFalse(planted.exists())

    def test_a_case_reaches_no_network_but_its_own_loopback(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            call = f"""
                sockaddr_in address{{}}; address.sin_family = AF_INET;
                address.sin_port = htons({server.getsockname()[1]});
                address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
                return connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : a + b;
            """
            status, text = self.grade("lab", source=sample(call, before=HEAD))
        self.assertEqual(status, 0, text)

    def test_a_full_disk_is_its_own(self):
        fill = r"""
            const std::string block(1 << 20, 'x');
            int written = 0;
            for (int i = 0; i < 1000 && written < 1000; ++i) {
                std::ofstream file("/tmp/f" + std::to_string(i));
                for (int j = 0; j < 32 && file << block << std::flush; ++j) ++written;
                if (!file) break;
            }
            return written <= 64 ? a + b : 0;
        """
        status, text = self.grade("lab", source=sample(fill, before=HEAD))
        self.assertEqual(status, 0, text)

    def test_a_bomb_for_the_compiler(self):
        bomb = """
            template <int N, int M> struct Bomb { Bomb<N - 1, 2 * M> a; Bomb<N - 1, 2 * M + 1> b; };
            template <int M> struct Bomb<0, M> {};
            Bomb<30, 0> bomb;
        """
        begun = time.monotonic()
        with mock.patch("tools.sandbox.COMPILER_CPU", 2):
            self.assertEqual(self.points(sample(GOOD, before=bomb)), 0)
        self.assertIn("does not compile", self.text)
        self.assertLess(time.monotonic() - begun, 60)


@unittest.skipIf(os.geteuid() != 0, "only root can run cases as another user")
class AsAnotherUser(Machine):
    """The same where namespaces are forbidden."""

    def setUp(self) -> None:
        super().setUp()
        self.project.root.chmod(0o755)
        patch = mock.patch("tools.sandbox.Namespaces", sandbox.OtherUser)
        patch.start()
        self.addCleanup(patch.stop)

    def test_it_says_so(self):
        self.grade("lab")
        self.assertIn("cases run as another user", self.said)


class WithoutSandbox(HostileCase):
    def test_a_machine_with_nothing_says_so_and_still_believes_no_forgery(self):
        with mock.patch("tools.sandbox.find", sandbox.Sandbox):
            status, text = self.grade("lab", source=sample(GOOD, before=before_main("forged();")))
        self.assertEqual(status, 1)
        self.assertIn("0 of 6 points", text)
        self.assertIn("nothing on this machine confines a submission", self.said)
