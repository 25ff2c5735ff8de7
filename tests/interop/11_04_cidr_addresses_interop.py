"""Recipe 11.4 and CPython's ipaddress: 20,000 texts, valid and broken, compared in every property and
every error message, with and without strict; and a Python client of the server.

    RECIPE_EXECUTABLE=… python3 11_04_cidr_addresses_interop.py

The recipe does what CPython 3.13.0 does. Other versions differ in a few things: the test finds out which,
names them on stderr and does not compare them. 11_04_cidr_addresses_golden.jsonl, which the lab test
reads, has what 3.13.0 says; --golden under 3.13.0 writes it.
"""

import importlib
import ipaddress
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import unicodedata
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
Texts = importlib.import_module('11_04_cidr_addresses_texts').Texts
server = importlib.import_module('recipe').server

EXECUTABLE = os.environ.get('RECIPE_EXECUTABLE')
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '11_04_cidr_addresses_golden.jsonl')
PROPERTIES = '''version compressed exploded packed reverse_pointer is_private is_global is_multicast
    is_reserved is_loopback is_link_local is_unspecified ipv4_mapped sixtofour teredo scope_id
    network_address broadcast_address netmask hostmask prefixlen num_addresses with_prefixlen
    with_netmask with_hostmask ip'''.split()


def as_json(name, value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if isinstance(value, int) and name != 'num_addresses':
        return value
    return str(value)


def describe(make, *arguments, **options):
    try:
        subject = make(*arguments, **options)
    except ValueError as error:
        return {'error': str(error)}
    properties = {}
    for name in PROPERTIES:
        try:
            properties[name] = as_json(name, getattr(subject, name))
        except AttributeError:
            pass  # an IPv4Address has no scope_id, a network is not packed
        except ValueError as error:  # exploded, of an address with a scope
            properties[name] = {'error': str(error)}
    return properties


def expected_info(text, strict):
    return {'text': text,
            'address': describe(ipaddress.ip_address, text),
            'network': describe(ipaddress.ip_network, text, strict=strict),
            'interface': describe(ipaddress.ip_interface, text)}


def error_of(make, *arguments):
    """The message, or None."""
    return describe(make, *arguments).get('error')


class Difference:
    """Something in which this Python differs from 3.13.0: the texts or properties not to compare."""

    def __init__(self, what, differs, text=lambda text: False, properties=()):
        self.what = what
        self.differs = differs
        self.text = text
        self.properties = properties


def holds(expression):
    try:
        return eval(expression, {'ip': ipaddress.ip_address, 'net': ipaddress.ip_network})
    except (ValueError, AttributeError):
        return False


def is_mapped(text):
    """Whether the text is an address in ::ffff:0:0/96, or a network in or around it."""
    for make in (ipaddress.ip_address, lambda text: ipaddress.ip_network(text, strict=False),
                 ipaddress.ip_interface):
        try:
            subject = make(text.split('%')[0] + ('/' + text.split('/')[1] if '%' in text and '/' in text
                                                 else ''))
        except ValueError:
            continue
        ends = [subject] if hasattr(subject, 'packed') else [subject[0], subject[-1], subject.hostmask]
        if any(end.version == 6 and int(end) >> 32 == 0xffff for end in ends):
            return True
    return False


DIFFERENCES = [
    Difference('IPv4-mapped addresses are printed as ::ffff:c000:201 and have fewer properties (< 3.13)',
               not holds("str(ip('::ffff:192.0.2.1')) == '::ffff:192.0.2.1'"), text=is_mapped),
    Difference('IPv4-mapped addresses have all the properties of the IPv4 address (>= 3.13.1)',
               holds("ip('::ffff:224.0.0.1').is_multicast"), text=is_mapped),
    Difference('texts with more than 45 characters or 8 colons have other errors (>= 3.13.4)',
               'At most 45 characters' in error_of(ipaddress.IPv6Address, '0' * 46),
               text=lambda text: len(text) > 45 or text.count(':') > 8),
    Difference('there are no scopes (< 3.9)', not holds("ip('fe80::1%x').scope_id == 'x'"),
               text=lambda text: '%' in text, properties=('scope_id',)),
    Difference('IANA\'s registries are another version',
               not (holds("not ip('192.0.0.9').is_private and ip('64:ff9b:1::').is_private")
                    and holds("ip('2002::1').is_private and not ip('3fff::1').is_private")),
               properties=('is_private', 'is_global')),
    Difference('Unicode is not version 15.1: other characters are printable',
               unicodedata.unidata_version != '15.1.0', text=lambda text: not text.isascii()),
]


class Info(unittest.TestCase):
    maxDiff = None

    def compare(self, texts, strict):
        differences = [difference for difference in DIFFERENCES if difference.differs]
        left_out = {name for difference in differences for name in difference.properties}
        texts = [text for text in texts if not any(difference.text(text) for difference in differences)]
        done = subprocess.run([EXECUTABLE, 'client', 'info'] + ['--strict'] * strict,
                              input=b''.join(text.encode('utf-8', 'surrogateescape') + b'\n'
                                             for text in texts),
                              stdout=subprocess.PIPE, check=True, timeout=120)
        lines = done.stdout.decode('ascii').splitlines()
        self.assertEqual(len(lines), len(texts))
        valid = 0
        for text, line in zip(texts, lines):
            expected = expected_info(text, strict)
            observed = json.loads(line)
            for part in ('address', 'network', 'interface'):
                for name in left_out:
                    expected[part].pop(name, None)
                    observed[part].pop(name, None)
            self.assertEqual(observed, expected)
            valid += 'error' not in expected['interface']
        return len(texts), valid

    def test_agrees_with_cpython(self):
        for difference in DIFFERENCES:
            if difference.differs:
                print('not compared: ' + difference.what, file=sys.stderr)
        texts = list(itertools.islice(Texts(1104), 20000))
        for strict in (False, True):
            with self.subTest(strict=strict):
                compared, valid = self.compare(texts, strict)
                print('strict=%s: %d texts compared, %d of them valid' % (strict, compared, valid),
                      file=sys.stderr)
                self.assertGreater(valid, 3000)
                self.assertGreater(compared - valid, 5000)

    def test_lines_are_unchanged(self):
        data = b'\n\r\n \na\0b\n\xff\n\xed\xa0\x80\n\xc3\n\xe2\x82\n1.2.3.4'
        done = subprocess.run([EXECUTABLE, 'client', 'info'], input=data, stdout=subprocess.PIPE,
                              check=True, timeout=60)
        self.assertEqual([json.loads(line)['text'] for line in done.stdout.splitlines()],
                         data.decode('utf-8', 'surrogateescape').split('\n'))

    def test_an_input_that_cannot_be_read_is_an_error(self):
        folder = os.open('/', os.O_RDONLY)
        try:
            done = subprocess.run([EXECUTABLE, 'client', 'info'], stdin=folder, timeout=60,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        finally:
            os.close(folder)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (1, b'', b'11_04_cidr_addresses: read stdin: Is a directory\n'))

    def test_texts_on_the_command_line(self):
        texts = ['1.2.3.4', '', '[a,b]', '[]', '-1', '--strict', 'server', 'é']
        for before in ([], ['[::1]', '-1']):
            done = subprocess.run([EXECUTABLE, 'client', 'info'] + before + ['--'] + texts,
                                  stdout=subprocess.PIPE, check=True, timeout=60)
            self.assertEqual([json.loads(line)['text'] for line in done.stdout.splitlines()],
                             before + texts)

    def test_ends_when_the_reader_closes_stdout(self):
        process = subprocess.Popen([EXECUTABLE, 'client', 'info'] + ['1.2.3.4'] * 2000,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertTrue(process.stdout.readline().startswith(b'{"text":"1.2.3.4"'))
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(process.stderr.read(), b'')
        process.stderr.close()

    @unittest.skipUnless(os.path.exists('/dev/full'), 'there is no /dev/full')
    def test_a_full_disk_is_an_error(self):
        for command in (['info', '1.2.3.4'], ['list', '1.2.3.0/30'], ['contains', '::/0', '::1']):
            with self.subTest(command=command), open('/dev/full', 'wb') as full:
                done = subprocess.run([EXECUTABLE, 'client'] + command, stdout=full,
                                      stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(done.returncode, 1)
                self.assertIn(b'No space left on device', done.stderr)


class List(unittest.TestCase):
    def lines(self, *arguments):
        return subprocess.run([EXECUTABLE, 'client', 'list', *arguments], stdout=subprocess.PIPE,
                              check=True, timeout=60).stdout.decode().splitlines()

    def test_agrees_with_cpython(self):
        for text in ('192.0.2.0/24', '10.0.0.0/31', '10.0.0.1/32', '10.0.0.5/29', '2001:db8::/120',
                     '2001:db8::/127', '2001:db8::1/128', '255.255.255.240/28',
                     'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124'):
            with self.subTest(text=text):
                network = ipaddress.ip_network(text, strict=False)
                self.assertEqual(self.lines(text), [str(address) for address in network])
                hosts = [str(address) for address in network.hosts()]
                if hosts:  # [] for /32 and /128 up to 3.8
                    self.assertEqual(self.lines(text, '--hosts'), hosts)

    def test_ends_when_the_reader_closes_stdout(self):
        process = subprocess.Popen([EXECUTABLE, 'client', 'list', '::/0'], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'::\n')
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(process.stderr.read(), b'')
        process.stderr.close()


class Contains(unittest.TestCase):
    def test_says_and_returns_whether(self):
        for network, address, status, word in (('10.0.0.0/8', '10.1.2.3', 0, 'yes'),
                                               ('10.0.0.0/8', '11.1.2.3', 1, 'no'),
                                               ('::/0', '10.1.2.3', 1, 'no')):
            done = subprocess.run([EXECUTABLE, 'client', 'contains', network, address],
                                  stdout=subprocess.PIPE, timeout=60)
            self.assertEqual((done.returncode, done.stdout.decode()), (status, word + '\n'))

    def test_broken_text_is_bad_usage(self):
        done = subprocess.run([EXECUTABLE, 'client', 'contains', '10.0.0.0/33', '10.1.2.3'],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn("'10.0.0.0/33' does not appear to be an IPv4 or IPv6 network",
                      done.stderr.decode())


class Server(unittest.TestCase):
    def call(self, port, source, host='127.0.0.1'):
        with socket.create_connection((host, port), timeout=20, source_address=(source, 0)) as client:
            try:
                client.sendall(b'hello')
                client.shutdown(socket.SHUT_WR)
                with client.makefile('rb') as reply:
                    return reply.read()
            except OSError:  # disconnected: a reset, or sending fails
                return b''

    def test_admits_by_address(self):
        with server('--allow', '127.0.0.0/8', '--deny', '127.0.1.0/24') as (_, (_, port)):
            self.assertEqual(self.call(port, '127.0.0.2'), b'hello')
            self.assertEqual(self.call(port, '127.0.1.2'), b'')

    def test_treats_mapped_peers_as_ipv4(self):
        with server('--host', '::', '--allow', '127.0.0.0/16', '::1') as (_, (_, port)):
            self.assertEqual(self.call(port, '127.0.0.2'), b'hello')
            self.assertEqual(self.call(port, '127.1.0.2'), b'')
            self.assertEqual(self.call(port, '::1', '::1'), b'hello')


def print_golden():
    """Properties of a few texts and errors of more: objects are long, errors are short."""
    objects = 0
    for text in itertools.islice(Texts(413), 500):
        if any('\ud800' <= character <= '\udfff' for character in text):
            continue  # not every JSON parser accepts these
        line = expected_info(text, strict=True)
        if 'error' not in line['interface']:
            objects += 1
            if objects > 110:
                continue
        line['lenient'] = describe(ipaddress.ip_network, text, strict=False)
        if line['lenient'] == line['network']:
            del line['lenient']
        for version, suffix in ((4, 'v4'), (6, 'v6')):
            for kind in ('Address', 'Network', 'Interface'):
                make = getattr(ipaddress, 'IPv%d%s' % (version, kind))
                line['%s_%s' % (kind.lower(), suffix)] = error_of(make, text)
        print(json.dumps(line))


if __name__ == '__main__':
    if sys.argv[1:] == ['--golden']:
        print_golden()
    else:
        unittest.main()
