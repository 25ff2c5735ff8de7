"""The chapter's send_from() and recv_into(). Arguments: `send` or `receive`, the descriptor of a connected
socket, and how many doubles. The sender has its array before it begins: it waits for a byte on stdin for
each array to send. The receiver makes a new array for each, as the chapter's does (NumPy's zeros, or an
array), and writes a byte to stdout when it is full."""

import contextlib
import importlib
import os
import socket
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../../tests/interop"))
original = importlib.import_module("11_13_large_arrays_original")


def zeros(count):
    try:
        import numpy
        return numpy.zeros(shape=count, dtype=float)
    except ImportError:
        import array
        return array.array("d", bytes(8)) * count


role, descriptor, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
connection = socket.socket(fileno=descriptor)
if role == "send":
    numbers = zeros(count)
    while sys.stdin.buffer.read(1):
        original.send_from(numbers, connection)
else:
    with contextlib.suppress(EOFError):
        while True:
            numbers = zeros(count)
            original.recv_into(numbers, connection)
            sys.stdout.buffer.write(b"x")
            sys.stdout.buffer.flush()
