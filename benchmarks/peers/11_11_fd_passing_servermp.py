"""The original's servermp.py with its workermp.py, on a socket that listens: LISTENER."""

import os
import socket
import sys
from multiprocessing.connection import Client, Listener
from multiprocessing.reduction import recv_handle, send_handle

KEY = b'peekaboo'


def worker(server_address):
    serv = Client(server_address, authkey=KEY)
    serv.send(os.getpid())
    while True:
        try:
            fd = recv_handle(serv)
        except (EOFError, OSError, RuntimeError):
            return  # the server has ended
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=fd) as client:
            while True:
                msg = client.recv(1024)
                if not msg:
                    break
                client.send(msg)


def server(work_serv, s):
    worker = work_serv.accept()
    worker_pid = worker.recv()
    while True:
        client, addr = s.accept()
        send_handle(worker, client.fileno(), worker_pid)
        client.close()


address = '\0servermp-%d' % os.getpid()
work_serv = Listener(address, authkey=KEY)
if os.fork() == 0:
    os.close(int(sys.argv[1]))
    worker(address)
    os._exit(0)
server(work_serv, socket.socket(fileno=int(sys.argv[1])))
