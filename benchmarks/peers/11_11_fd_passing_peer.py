"""CPython at the work of benchmarks/11_11_fd_passing_bench.cpp, which runs this: FORM COUNT. Hands a
descriptor over COUNT times, receives and closes it; prints the CPU seconds and the seconds of one."""

import os
import socket
import sys
import time
from multiprocessing import Pipe
from multiprocessing.reduction import recv_handle, send_handle


def by_send_handle(count):
    near, far = Pipe()
    file = os.open(os.devnull, os.O_RDONLY)
    pid = os.getpid()
    for _ in range(count):
        send_handle(near, file, pid)
        os.close(recv_handle(far))


def by_send_fds(count):
    near, far = socket.socketpair()
    file = os.open(os.devnull, os.O_RDONLY)
    for _ in range(count):
        socket.send_fds(near, [b'\1'], [file])
        os.close(socket.recv_fds(far, 1, 1)[1][0])


work = {'send_handle': by_send_handle, 'send_fds': by_send_fds}[sys.argv[1]]
count = int(sys.argv[2])
work(100)
cpu, clock = time.process_time(), time.perf_counter()
work(count)
print((time.process_time() - cpu) / count, (time.perf_counter() - clock) / count)
