"""Python's ipaddress at the tasks of benchmarks/11_04_cidr_addresses_bench.cpp, which runs this script:
prints the CPU time of one operation in nanoseconds. Usage: … parse|format|contains|iterate 4|6"""

import ipaddress
import random
import sys
import time

task, version = sys.argv[1], int(sys.argv[2])
rng = random.Random(1104)
if version == 4:
    addresses = [ipaddress.IPv4Address(rng.getrandbits(32)) for _ in range(1024)]
    networks = ipaddress.ip_network('10.0.0.0/16'), ipaddress.ip_network((int(addresses[0]), 11),
                                                                         strict=False)
else:
    addresses = [ipaddress.IPv6Address(rng.getrandbits(64) << 64 | rng.getrandbits(64 if i % 2 == 0 else 16))
                 for i in range(1024)]
    networks = ipaddress.ip_network('2001:db8::/112'), ipaddress.ip_network((int(addresses[0]), 11),
                                                                            strict=False)
texts = [str(address) for address in addresses]
TASKS = {
    'parse': lambda: sum(1 for text in texts if ipaddress.ip_address(text)),
    'format': lambda: sum(1 for address in addresses if str(address)),
    'contains': lambda: sum(1 for address in addresses if address in networks[1]) and len(addresses),
    'iterate': lambda: sum(1 for address in networks[0] if str(address)),
}
best = float('inf')
for _ in range(5):
    start = time.process_time()
    count = TASKS[task]()
    best = min(best, (time.process_time() - start) / count)
print(best * 1e9)
