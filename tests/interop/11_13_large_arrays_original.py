"""The chapter's send_from() and recv_into()."""


def send_from(arr, dest):
    view = memoryview(arr).cast("B")
    while len(view):
        nsent = dest.send(view)
        view = view[nsent:]


def recv_into(arr, source):
    view = memoryview(arr).cast("B")
    while len(view):
        nrecv = source.recv_into(view)
        if not nrecv:
            raise EOFError  # where the chapter's spins for ever
        view = view[nrecv:]
