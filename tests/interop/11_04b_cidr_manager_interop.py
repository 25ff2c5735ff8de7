"""Recipe 11.4b beside CPython: its calculations against ipaddress on random input, its log against
zlib, a Python client of its server, and a server that is killed again and again under four clients.
Python 3.8 and newer."""

import ipaddress
import json
import os
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import zlib
from contextlib import contextmanager, suppress

from recipe import EXECUTABLE, LIMIT, client, onto_full_disk, server

POOL = '10.0.0.0/16'


def batch(requests):
    """The responses to requests, objects or lines."""
    lines = [request if isinstance(request, str) else json.dumps(request) for request in requests]
    done = subprocess.run([EXECUTABLE, 'batch'], input='\n'.join(lines) + '\n', timeout=LIMIT,
                          stdout=subprocess.PIPE, universal_newlines=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def expected(compute):
    """The response of a calculation in Python."""
    try:
        return {'result': compute()}
    except (ValueError, TypeError) as error:
        return {'error': str(error)}


def texts(items):
    return [str(item) for item in items]


class RandomInput:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def address(self, version):
        width = 32 if version == 4 else 128
        # Near an end of the address space, or anywhere in a small part of it.
        base = self.random.choice([0, 2 ** width - 512, self.random.getrandbits(width) & ~511])
        bits = base + self.random.randrange(512)
        return ipaddress.IPv4Address(bits) if version == 4 else ipaddress.IPv6Address(bits)

    def network(self, version, base=None):
        width = 32 if version == 4 else 128
        prefix = self.random.choice([0, 1, width, *[width - self.random.randrange(10)] * 20])
        address = base + self.random.randrange(200) if base is not None else self.address(version)
        return ipaddress.ip_network((int(address), prefix), strict=False) if version == 4 else \
            ipaddress.IPv6Network((int(address), prefix), strict=False)

    def networks(self, version, count):
        width = 32 if version == 4 else 128
        base = self.random.choice([0, 2 ** width - 200])
        make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        return [self.network(version, make(base) if base == 0 else make(base - 200) + 0)
                for _ in range(count)]


class Calculations(unittest.TestCase):
    def check(self, cases):
        _, responses = batch([request for request, _ in cases])
        self.assertEqual(len(responses), len(cases))
        for (request, compute), response in zip(cases, responses):
            self.assertEqual(response, expected(compute), request)

    def test_collapse(self):
        source = RandomInput(1)
        cases = []
        for n in range(600):
            v4 = source.networks(4, source.random.randrange(8))
            v6 = source.networks(6, source.random.randrange(8))
            mixed = v4 + v6
            source.random.shuffle(mixed)
            cases.append(({'op': 'collapse', 'networks': texts(mixed)},
                          lambda v4=v4, v6=v6: texts(ipaddress.collapse_addresses(v4)) +
                          texts(ipaddress.collapse_addresses(v6))))
        self.check(cases)

    def test_summarize(self):
        source = RandomInput(2)
        cases = []
        for n in range(1000):
            first, last = (source.address(source.random.choice([4, 6])) for _ in range(2))
            if n % 2:
                first = source.address(first.version)
                last = first + min(source.random.randrange(1000),
                                   2 ** first.max_prefixlen - 1 - int(first))
            cases.append(({'op': 'summarize', 'first': str(first), 'last': str(last)},
                          lambda first=first, last=last: texts(
                              ipaddress.summarize_address_range(first, last))))
        self.check(cases)

    def test_exclude(self):
        source = RandomInput(3)
        cases = []
        while len(cases) < 500:
            version = source.random.choice([4, 6])
            network, minus = source.networks(version, 2)
            if not minus.subnet_of(network):
                continue
            cases.append(({'op': 'exclude', 'network': str(network), 'minus': [str(minus)]},
                          lambda network=network, minus=minus: texts(
                              sorted(network.address_exclude(minus)))))
        self.check(cases)

    def test_split(self):
        source = RandomInput(4)
        cases = []
        for _ in range(500):
            network = source.network(source.random.choice([4, 6]))
            prefix = network.prefixlen + source.random.randrange(-2, 9)
            if prefix < 0:
                continue
            cases.append(({'op': 'split', 'network': str(network), 'prefix': prefix},
                          lambda network=network, prefix=prefix: texts(
                              network.subnets(new_prefix=prefix))))
        self.check(cases)

    def test_info_and_hosts(self):
        source = RandomInput(5)
        networks = [source.network(version) for version in (4, 6) for _ in range(300)]
        _, responses = batch([{'op': 'info', 'networks': texts(networks)}])
        for network, info in zip(networks, responses[0]['result']):
            self.assertEqual(info['network'], str(network.network_address))
            self.assertEqual(info['broadcast'], str(network.broadcast_address))
            self.assertEqual(info['netmask'], str(network.netmask))
            self.assertEqual(info['prefixlen'], network.prefixlen)
            self.assertEqual(info['num_addresses'], str(network.num_addresses))
        small = [network for network in networks if network.num_addresses <= 1024]
        if sys.version_info < (3, 13):  # where hosts() has its quirks for /31, /32, /127 and /128
            small = [network for network in small if network.num_addresses > 2]
        requests = []
        for network in small:
            requests.append({'op': 'addresses', 'network': str(network), 'start': 0,
                             'count': len(list(network.hosts()))})
            requests.append({'op': 'addresses', 'network': str(network), 'hosts': False,
                             'start': -1, 'count': 1})
        _, responses = batch(requests)
        for network, hosts, last in zip(small, responses[::2], responses[1::2]):
            self.assertEqual(hosts, {'result': texts(network.hosts())})
            self.assertEqual(last, {'result': [str(network[-1])]})

    def test_next(self):
        source = RandomInput(6)
        cases = []
        for _ in range(300):
            address, count = source.address(source.random.choice([4, 6])), source.random.randrange(300)
            cases.append(({'op': 'next', 'address': str(address), 'count': count},
                          lambda address=address, count=count: texts(
                              address + n for n in range(count))))
        self.check(cases)

    def test_errors_are_those_of_cpython(self):
        for text in ('10.0.0.256', '10.0.0.0/33', '010.0.0.0', '::g', '', '10.0.0.0/8/8'):
            _, responses = batch([{'op': 'info', 'networks': [text]}])
            self.assertEqual(responses[0]['result'][0]['error'],
                             expected(lambda: ipaddress.ip_network(text))['error'])

    def test_batch_says_whether_all_went_well(self):
        self.assertEqual(batch([{'op': 'collapse', 'networks': []}])[0], 0)
        self.assertEqual(batch([{'op': 'collapse', 'networks': []}, 'nonsense'])[0], 1)
        self.assertEqual(batch([{'op': 'allocate', 'pool': POOL, 'prefix': 24}])[0], 1)


class Lookup(unittest.TestCase):
    def lookup(self, table, *addresses, stdin=''):
        with tempfile.NamedTemporaryFile('w') as file:
            file.write(table)
            file.flush()
            done = subprocess.run([EXECUTABLE, 'lookup', '--table', file.name, *addresses],
                                  input=stdin, timeout=LIMIT, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, universal_newlines=True)
            return done.returncode, done.stdout, done.stderr.replace(file.name, 'FILE')

    def test_prints_the_longest_prefix(self):
        table = '10.0.0.0/8 a\n10.1.0.0/16 b c\n::/0 six\n'
        wanted = '10.1.2.3 10.1.0.0/16 b c\n11.0.0.0 -\n::1 ::/0 six\n' \
                 "x ! 'x' does not appear to be an IPv4 or IPv6 address\n"
        self.assertEqual(self.lookup(table, '10.1.2.3', '11.0.0.0', '::1', 'x'), (0, wanted, ''))
        self.assertEqual(self.lookup(table, stdin='10.1.2.3\n11.0.0.0\n::1\nx\n'), (0, wanted, ''))

    def test_a_bad_line_is_named(self):
        status, output, errors = self.lookup('10.0.0.0/8 a\n10.0.0.0/99 b\n', '10.0.0.1')
        self.assertEqual((status, output), (1, ''))
        self.assertEqual(errors, "11_04b_cidr_manager: FILE:2: '10.0.0.0/99' does not appear to be "
                                 'an IPv4 or IPv6 network\n')


@contextmanager
def plan_file():
    with tempfile.TemporaryDirectory() as folder:
        yield os.path.join(folder, 'plan')


class Peer:
    """A client in Python."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=LIMIT)
        self.lines = self.socket.makefile('rwb')

    def ask(self, **request):
        self.lines.write(json.dumps(request).encode() + b'\n')
        self.lines.flush()
        line = self.lines.readline()
        if not line.endswith(b'\n'):
            raise ConnectionError('no response')
        return json.loads(line.decode())

    def close(self):
        self.lines.close()
        self.socket.close()


class Server(unittest.TestCase):
    def test_a_python_client(self):
        with plan_file() as plan, server('--plan', plan, '--pool', POOL) as (_, address):
            peer = Peer(address)
            response = peer.ask(op='allocate', pool=POOL, hosts=100, owner='bob', id=7)
            self.assertEqual(response, {'id': 7, 'result': {
                'network': '10.0.0.0/25', 'pool': POOL, 'owner': 'bob'}})
            self.assertEqual(peer.ask(op='allocate', network='10.0.0.0/24'),
                             {'error': '10.0.0.0/24 overlaps 10.0.0.0/25, allocated to bob'})
            peer.close()

    def test_the_commands_for_people(self):
        with plan_file() as plan, server('--plan', plan, '--pool', POOL) as (_, (host, port)):
            def ask(*arguments, stdin=b''):
                status, output, errors = client(arguments[0], '--port', str(port), *arguments[1:],
                                                stdin=stdin)
                return status, output.decode(), errors.decode()
            bob = ('--pool', POOL, '--hosts', '100', '--owner', 'bob', '--request', 'r1')
            self.assertEqual(ask('allocate', *bob), (0, '10.0.0.0/25\n', ''))
            self.assertEqual(ask('allocate', *bob), (0, '10.0.0.0/25\n', ''))
            self.assertEqual(ask('find', '--pool', POOL, '--prefix', '24'), (0, '10.0.1.0/24\n', ''))
            self.assertEqual(ask('allocate', '--pool', POOL, '--network', '10.0.9.0/24'),
                             (0, '10.0.9.0/24\n', ''))
            self.assertEqual(ask('list'), (0, '10.0.0.0/25 bob\n10.0.9.0/24\n', ''))
            self.assertEqual(ask('list', '--pool', POOL), ask('list'))
            self.assertEqual(ask('release', '10.0.0.0/25'), (0, '10.0.0.0/25\n', ''))
            self.assertEqual(ask('release', '10.0.0.0/25'),
                             (1, '', '11_04b_cidr_manager: 10.0.0.0/25 is not allocated\n'))
            self.assertEqual(ask('allocate', '--pool', POOL, '--prefix', '8')[0], 1)
            self.assertEqual(ask('allocate', '--pool', POOL)[0], 2)
            self.assertEqual(ask('send', '{"op":"collapse","networks":[]}'),
                             (0, '{"result":[]}\n', ''))
            self.assertEqual(ask('send', stdin=b'{"op":"list"}\n')[0], 0)
            status, output, errors = ask('send', '{"op":"collapse","networks":[]}', 'x')
            self.assertEqual((status, output.count('\n')), (1, 2))

    @unittest.skipUnless(os.path.exists('/dev/full'), 'there is no /dev/full')
    def test_output_that_is_lost_is_an_error(self):
        with plan_file() as plan, server('--plan', plan, '--pool', POOL) as (_, (host, port)):
            for name, *arguments in (['allocate', '--pool', POOL, '--prefix', '24'], ['list']):
                with self.subTest(name=name):
                    self.assertEqual(
                        onto_full_disk('client', name, '--port', str(port), *arguments),
                        (1, b'11_04b_cidr_manager: write output: No space left on device\n'))

    def test_the_log_has_zlib_sums(self):
        with plan_file() as plan:
            with server('--plan', plan, '--pool', POOL):
                pass
            with open(plan, 'rb') as file:
                lines = file.read().splitlines()
            for line in lines:
                self.assertEqual(line[:9], b'%08x ' % zlib.crc32(line[9:]))
            self.assertEqual([json.loads(line[9:].decode()) for line in lines],
                             [{'op': 'add_pool', 'pool': POOL}])

    def test_a_second_server_is_kept_out(self):
        with plan_file() as plan, server('--plan', plan):
            done = subprocess.run([EXECUTABLE, 'server', '--port', '0', '--plan', plan],
                                  timeout=LIMIT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b'plan.lock: another server has this plan\n', done.stderr)

    def test_a_server_that_does_not_start_leaves_the_plan_alone(self):
        with plan_file() as plan, socket.create_server(('127.0.0.1', 0)) as taken:
            port = str(taken.getsockname()[1])
            done = subprocess.run([EXECUTABLE, 'server', '--port', port, '--plan', plan,
                                   '--pool', POOL], timeout=LIMIT, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout), (1, b''))
            self.assertIn(b'Address already in use', done.stderr)
            self.assertEqual(os.listdir(os.path.dirname(plan)), [])

    def test_an_owner_that_is_no_text_is_bad_usage(self):
        status, output, errors = client('allocate', '--pool', POOL, '--hosts', '1', '--owner',
                                        b'\xff')
        self.assertEqual((status, output), (2, b''))
        self.assertIn(b'--owner: is not UTF-8', errors)

    def test_a_damaged_file_is_refused_and_not_touched(self):
        with plan_file() as plan:
            with server('--plan', plan, '--pool', POOL, '--pool', '2001:db8::/32'):
                pass
            with open(plan, 'rb') as file:
                good = file.read()
            first = good.index(b'\n')
            for bad in (b'0' * 8 + good[8:], good[:20] + b'x' + good[21:]):
                with open(plan, 'wb') as file:
                    file.write(bad)
                done = subprocess.run([EXECUTABLE, 'server', '--port', '0', '--plan', plan],
                                      timeout=LIMIT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 1)
                self.assertIn(('%s:1: damaged record\n' % plan).encode(), done.stderr)
                with open(plan, 'rb') as file:
                    self.assertEqual(file.read(), bad)
            with open(plan, 'wb') as file:
                file.write(good[:-3])
            with server('--plan', plan) as (_, address):
                peer = Peer(address)
                self.assertEqual(peer.ask(op='list')['result']['pools'], [POOL])
                peer.close()
            with open(plan, 'rb') as file:
                self.assertEqual(file.read(), good[:first + 1])

    def test_a_full_disk_refuses_changes_and_the_server_goes_on(self):
        with plan_file() as plan:
            with server('--plan', plan, '--pool', POOL) as (process, address):
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
                peer = Peer(address)
                held = []
                response = peer.ask(op='allocate', pool=POOL, prefix=24)
                while 'result' in response:
                    held.append(response['result']['network'])
                    response = peer.ask(op='allocate', pool=POOL, prefix=24)
                self.assertEqual(response['error'], plan + ': File too large; nothing is changed')
                self.assertEqual(peer.ask(op='find', pool=POOL, prefix=24)['result'],
                                 '10.0.%d.0/24' % len(held))
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE,
                                 (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                held.append(peer.ask(op='allocate', pool=POOL, prefix=24)['result']['network'])
                peer.close()
            self.check_list(plan, held)

    def test_a_disk_without_room_refuses_changes_and_the_server_goes_on(self):
        with small_disk() as folder:
            plan, filler = os.path.join(folder, 'plan'), os.path.join(folder, 'filler')
            with open(filler, 'wb') as file:
                file.write(b'x' * 4096)
            with server('--plan', plan, '--pool', POOL) as (_, address):
                peer = Peer(address)
                held = []
                response = peer.ask(op='allocate', pool=POOL, prefix=28)
                while 'result' in response:
                    held.append(response['result']['network'])
                    response = peer.ask(op='allocate', pool=POOL, prefix=28)
                refusal = plan + ': No space left on device; nothing is changed'
                self.assertEqual(response, {'error': refusal})
                self.assertEqual(peer.ask(op='release', network=held[0]), {'error': refusal})
                with open(plan, 'rb') as file:
                    self.assertTrue(file.read().endswith(b'}\n'), 'half a record was not cut off')
                self.assertEqual(len(peer.ask(op='list')['result']['allocations']), len(held))
                os.remove(filler)
                held.append(peer.ask(op='allocate', pool=POOL, prefix=28)['result']['network'])
                peer.close()
            self.check_list(plan, held)

    def check_list(self, plan, networks):
        with server('--plan', plan) as (_, address):
            peer = Peer(address)
            allocations = peer.ask(op='list')['result']['allocations']
            self.assertEqual([one['network'] for one in allocations], networks)
            peer.close()


@contextmanager
def small_disk():
    """A file system of three pages, in memory."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=12k', 'tmpfs', folder],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as error:
            raise unittest.SkipTest(str(error)) from error
        if done.returncode != 0:
            raise unittest.SkipTest(done.stdout.decode().strip())
        try:
            yield folder
        finally:
            subprocess.check_call(['umount', folder])


class Trace:
    """The system calls of a server with which it writes, syncs and sends, as strace saw them."""

    CALL = re.compile(rb'\d+ +(?:<\.\.\. )?(\w+)(.*)')
    NETWORK = re.compile(rb'network\\":\\"([0-9./]+)')
    CALLS = 'write,fdatasync,sendto,sendmsg'

    def __init__(self, process, folder):
        self.file = os.path.join(folder, 'trace')
        try:
            self.strace = subprocess.Popen(
                ['strace', '-f', '-e', 'trace=' + self.CALLS, '-e', 'signal=none', '-s', '100000',
                 '-o', self.file, '-p', str(process.pid)],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        except OSError as error:
            raise unittest.SkipTest(str(error)) from error
        said = self.strace.stderr.readline()
        if b'attached' not in said:
            self.end()
            raise unittest.SkipTest(said.decode().strip())

    def end(self):
        self.strace.terminate()
        self.strace.wait()
        self.strace.stderr.close()

    def calls(self):
        """(name, what it had as arguments or returned, whether it begins, whether it ends)."""
        with open(self.file, 'rb') as file:
            for line in file:
                call = self.CALL.match(line)
                if call:
                    resumed = b'<... ' in line
                    yield (call.group(1).decode(), call.group(2), not resumed,
                           not line.rstrip().endswith(b'<unfinished ...>'))


class Synced(unittest.TestCase):
    def trace(self, talk):
        """The calls of a server while talk(address) goes on."""
        with plan_file() as plan, server('--plan', plan, '--pool', POOL) as (process, address):
            trace = Trace(process, os.path.dirname(plan))
            try:
                talk(address)
            finally:
                trace.end()
            return list(trace.calls())

    def test_no_response_leaves_before_its_sync(self):
        def allocate(address):
            peer = Peer(address)
            for _ in range(30):
                self.assertIn('result', peer.ask(op='allocate', pool=POOL, prefix=28))
            peer.close()

        def talk(address):
            threads = [threading.Thread(target=allocate, args=(address,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        written, syncing, synced, told = set(), set(), set(), set()
        for name, text, begins, ends in self.trace(talk):
            networks = set(Trace.NETWORK.findall(text))
            if name == 'fdatasync':
                syncing = set(written) if begins else syncing
                synced |= syncing if ends else set()
            elif name == 'write':
                written |= networks
            else:
                self.assertLessEqual(networks, synced, 'a client was told before the sync')
                told |= networks
        self.assertEqual(len(told), 120)

    def test_changes_that_come_together_share_a_sync(self):
        def talk(address):
            with socket.create_connection(address, timeout=LIMIT) as connection:
                line = json.dumps({'op': 'allocate', 'pool': POOL, 'prefix': 28}).encode() + b'\n'
                connection.sendall(line * 100)
                responses = connection.makefile('rb')
                for _ in range(100):
                    self.assertIn(b'result', responses.readline())
                responses.close()

        syncs = sum(begins for name, _, begins, _ in self.trace(talk) if name == 'fdatasync')
        self.assertIn(syncs, range(1, 6), '100 changes that were sent at once')


class Killed(unittest.TestCase):
    """A server that is killed at random moments: what a client was told is true ever after."""

    def allocate(self, address, name, told, seed):
        source = random.Random(seed)
        mine = told[name]
        peer = Peer(address)
        try:
            while True:
                if mine['in_doubt'] is None and mine['held'] and source.random() < 0.4:
                    network = source.choice(sorted(mine['held']))
                    mine['releasing'] = network
                    response = peer.ask(op='release', network=network)
                    self.assertIn('result', response)
                    mine['held'].discard(network)
                    mine['releasing'] = None
                    continue
                if mine['in_doubt'] is None:
                    mine['count'] += 1
                    mine['in_doubt'] = '%s-%d' % (name, mine['count'])
                response = peer.ask(op='allocate', pool=POOL, prefix=28, owner=name,
                                    request=mine['in_doubt'])
                mine['held'].add(response['result']['network'])
                mine['in_doubt'] = None
        except OSError:
            pass  # killed
        finally:
            with suppress(OSError):
                peer.close()

    def check(self, address, told):
        peer = Peer(address)
        allocations = peer.ask(op='list', limit=65536)['result']['allocations']
        peer.close()
        self.assertEqual(len({one['network'] for one in allocations}), len(allocations))
        for name, mine in told.items():
            theirs = {one['network'] for one in allocations if one['owner'] == name}
            released = mine['releasing']
            if released is not None and released not in theirs:
                mine['held'].discard(released)
            mine['releasing'] = None
            self.assertLessEqual(mine['held'], theirs, 'an allocation that was promised is gone')
            doubtful = 1 if mine['in_doubt'] is not None else 0
            self.assertLessEqual(len(theirs - mine['held']), doubtful,
                                 'a network came back, or was given twice for one token')

    def test_kill_at_random_moments(self):
        source = random.Random()
        told = {name: {'held': set(), 'in_doubt': None, 'releasing': None, 'count': 0}
                for name in ('a', 'b', 'c', 'd')}
        with plan_file() as plan:
            for turn in range(8):
                with server('--plan', plan, '--pool', POOL) as (process, address):
                    self.check(address, told)
                    threads = [threading.Thread(target=self.allocate,
                                                args=(address, name, told, source.random()))
                               for name in told]
                    for thread in threads:
                        thread.start()
                    threads[0].join(source.uniform(0.05, 0.3))
                    process.send_signal(signal.SIGKILL)
                    for thread in threads:
                        thread.join()
            with server('--plan', plan) as (_, address):
                self.check(address, told)


if __name__ == '__main__':
    unittest.main()
