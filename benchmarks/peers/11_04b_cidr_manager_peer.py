"""Python's collapse_addresses() on the networks of benchmarks/11_04b_cidr_manager_bench.cpp, which runs this
script with a file of them: prints the CPU time of one call in nanoseconds."""

import ipaddress
import sys
import time

with open(sys.argv[1]) as file:
    networks = [ipaddress.ip_network(line.strip()) for line in file]
best = float('inf')
for _ in range(3):
    start = time.process_time()
    list(ipaddress.collapse_addresses(networks))
    best = min(best, time.process_time() - start)
print(best * 1e9)
