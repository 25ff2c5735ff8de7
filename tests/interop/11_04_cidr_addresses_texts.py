"""Texts for the interoperability test of recipe 11.4: addresses, networks, interfaces, and almost valid
ones. The same seed makes the same texts in every Python version."""

import random

BROKEN_BITS = ['', ' ', '\t', '\r', '\0', '\x7f', 'g', 'x', '-1', '+1', '_', '/', '//', '%', '%%', ':',
               '::', ':::', '.', '..', "'", '"', '\\', '0', '00', '256', '999', '1000', '10000',
               'fffff', '\u0661', '\u00b2', '\uff11', '\u2028', '\xa0', '\xad', 'é', '\U0001f600',
               '\U000e0001', '\u0378',
               '\udcff', '\udc80', '\ufeff', '\x1b[0m']
SCOPES = ['eth0', '1', 'x', 'a:b', '1.2.3.4', ':', 'é', '\udcff', ' ', "'", '"', '\0', 'lo%', '', '%',
          'a' * 40, '.', '::1']
PREFIX_BITS = {4: 32, 6: 128}
# Blocks that some property distinguishes; texts come from inside them and next to them.
BLOCKS = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12',
          '192.0.0.0/24', '192.0.0.9/32', '192.0.0.10/32', '192.0.0.170/31', '192.0.2.0/24',
          '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
          '224.0.0.0/4', '240.0.0.0/4', '255.255.255.255/32', '::/128', '::1/128', '::/8', '100::/8',
          '200::/7', '400::/6', '800::/5', '1000::/4', '2000::/3', '4000::/3', '6000::/3', '8000::/3',
          'a000::/3', 'c000::/3', 'e000::/4', 'f000::/5', 'f800::/6', 'fc00::/7', 'fe00::/9',
          'fe80::/10', 'fec0::/10', 'ff00::/8', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48',
          '100::/64', '2001::/23', '2001::/32', '2001:1::1/128', '2001:1::2/128', '2001:2::/48',
          '2001:3::/32', '2001:4:112::/48', '2001:10::/28', '2001:20::/28', '2001:30::/28',
          '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20', '5f00::/16']


class Texts:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def __iter__(self):
        """Without end."""
        make = [self.v4, self.v6, self.v4_network, self.v6_network, self.near_block, self.mapped,
                self.scoped, self.damaged, self.damaged, self.soup]
        while True:
            # One line each, so without '\n'.
            yield self.random.choice(make)().replace('\n', '')

    def pick(self, choices):
        return self.random.choice(choices)

    def v4_bits(self):
        r = self.random
        return self.pick([r.getrandbits(32), r.getrandbits(32), 0, 2**32 - 1, 1 << r.randrange(32)])

    def v6_bits(self):
        """With runs of zeros, where compression goes wrong."""
        bits = 0
        for _ in range(8):
            bits = bits << 16 | self.pick([0, 0, 0, 1, 0xffff, self.random.getrandbits(16),
                                           self.random.getrandbits(8)])
        return bits

    def quad(self, bits):
        return '.'.join(str(bits >> shift & 255) for shift in (24, 16, 8, 0))

    def v4(self):
        return self.quad(self.v4_bits())

    def v6(self, bits=None):
        """One of the many ways to write an address, not only the canonical one."""
        bits = self.v6_bits() if bits is None else bits
        groups = [bits >> shift & 0xffff for shift in range(112, -16, -16)]
        style = self.pick(['%x', '%x', '%X', '%04x'])
        words = [style % group for group in groups]
        if self.random.random() < 0.2:
            words[6:] = [self.quad(bits & 0xffffffff)]
        zeros = [i for i in range(len(words)) if not words[i].strip('0')]
        if zeros and self.random.random() < 0.8:
            first = last = self.pick(zeros)
            while last + 1 in zeros and self.random.random() < 0.95:
                last += 1
            return ':'.join(words[:first]) + '::' + ':'.join(words[last + 1:])
        return ':'.join(words)

    def prefix(self, version):
        width = PREFIX_BITS[version]
        length = self.random.randint(0, width)
        ones = 2**32 - 1
        length_32 = min(length, 32)
        netmask = ones ^ (ones >> length_32)
        return self.pick([str(length)] * 6 + [
            self.quad(netmask), self.quad(netmask), self.quad(ones ^ netmask), self.quad(self.v4_bits()),
            '%03d' % length, str(length + self.random.randint(0, 3)), '', '-1', '+8', ' 8', '8 ', '1_0',
            '\u0661', '0' * 20 + '8', '0x10', '1.2.3', 'ffff::', '255.255.255.0.0', '256.0.0.0', '8/8'])

    def v4_network(self):
        bits = self.v4_bits()
        prefix = self.prefix(4)
        if prefix.isdecimal() and prefix.isascii() and int(prefix) <= 32 and self.random.random() < 0.7:
            bits = bits >> (32 - int(prefix)) << (32 - int(prefix))
        return self.quad(bits) + '/' + prefix

    def v6_network(self):
        bits = self.v6_bits()
        prefix = self.prefix(6)
        if prefix.isdecimal() and prefix.isascii() and int(prefix) <= 128 and self.random.random() < 0.7:
            bits = bits >> (128 - int(prefix)) << (128 - int(prefix))
        return self.v6(bits) + '/' + prefix

    def near_block(self):
        import ipaddress
        network = ipaddress.ip_network(self.pick(BLOCKS))
        first, last = int(network[0]), int(network[-1])
        bits = self.pick([first, last, first - 1, last + 1, self.random.randint(first, last)])
        bits %= 1 << network.max_prefixlen
        text = self.quad(bits) if network.version == 4 else self.v6(bits)
        if self.random.random() < 0.3:
            length = network.prefixlen + self.random.randint(-2, 2)
            text += '/%d' % min(max(length, 0), network.max_prefixlen)
        return text

    def mapped(self):
        bits = 0xffff << 32 | self.v4_bits()
        text = self.pick([self.v6(bits), '::ffff:' + self.quad(bits & 0xffffffff)])
        return text + self.pick(['', '', '/%d' % self.random.randint(0, 128), '%eth0'])

    def scoped(self):
        text = self.v6() + '%' + self.pick(SCOPES)
        return text + self.pick(['', '', '/%d' % self.random.randint(0, 128)])

    def damaged(self):
        text = self.pick([self.v4, self.v6, self.v4_network, self.v6_network, self.scoped])()
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            where = self.random.randint(0, len(text))
            text = text[:where] + self.pick(BROKEN_BITS) + text[where + self.pick([0, 0, 1, 2]):]
        return text

    def soup(self):
        alphabet = self.pick(['0123456789.', '0123456789abcdefABCDEF:', '01:/%.', ':.', '0:', None])
        size = self.random.randint(0, 24)
        if alphabet:
            return ''.join(self.pick(alphabet) for _ in range(size))
        code_points = [self.random.choice([self.random.randrange(0x80), self.random.randrange(0x3000),
                                           self.random.randrange(0x110000)]) for _ in range(size)]
        return ''.join(chr(c) for c in code_points if not 0xd800 <= c <= 0xdfff)
