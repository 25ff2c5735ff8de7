"""CPython at the work of benchmarks/11_07_messaging_bench.cpp, which runs this.

pair tcp|unix SIZE COUNT    Listener and Client, COUNT round trips: prints the seconds that one took, and
                            the CPU seconds of both processes
dump NAME                   prints the pickle of an object, in hexadecimal
encode NAME, decode NAME    prints the seconds that dumps() or loads() take, in C
"""

import os
import pickle
import resource
import sys
import tempfile
import time
from multiprocessing.connection import Client, Listener

OBJECTS = {
    'integers': list(range(0, 1000000, 1000)),
    'texts': ['text number %d' % i for i in range(1000)],
    'records': [{'id': i, 'name': 'item %d' % i, 'price': i * 1.25, 'tags': ['new', 'blue'], 'seen': None}
                for i in range(200)],
    'bytes': b'x' * (1 << 20),
}


def serve(listener):
    with listener.accept() as connection:
        try:
            while True:
                connection.send_bytes(connection.recv_bytes())
        except EOFError:
            pass


def pair(family, size, count):
    listener = Listener(('127.0.0.1', 0) if family == 'tcp' else tempfile.mktemp(), authkey=b'peekaboo')
    server = os.fork()
    if server == 0:
        serve(listener)
        os._exit(0)
    message = b'x' * size
    with Client(listener.address, authkey=b'peekaboo') as connection:
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            connection.send_bytes(message)
            connection.recv_bytes()
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    os.waitpid(server, 0)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    listener.close()
    print(seconds / count)
    print((cpu + children.ru_utime + children.ru_stime) / count)


def seconds_of(function):
    start, seconds, count = time.process_time(), 0, 0
    while seconds < 0.05:
        for _ in range(10):
            function()
        count += 10
        seconds = time.process_time() - start
    return seconds / count


task, name = sys.argv[1:3]
if task == 'pair':
    pair(name, int(sys.argv[3]), int(sys.argv[4]))
else:
    value = OBJECTS[name]
    data = pickle.dumps(value, 4)
    print({'dump': data.hex,
           'encode': lambda: seconds_of(lambda: pickle.dumps(value, 4)),
           'decode': lambda: seconds_of(lambda: pickle.loads(data))}[task]())
