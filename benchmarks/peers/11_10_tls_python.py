"""TLS as Python's standard library has it: one connection after another.

A request that begins with GET is responded to, once; whatever else comes is sent back.
"""

import socket
import ssl
import sys


def serve(connection: ssl.SSLSocket, bulk: bytes) -> None:
    data = connection.recv(65536)
    if data.startswith(b"GET"):
        connection.sendall(bulk if data.startswith(b"GET /bulk") else b"response")
    else:
        while data:
            connection.sendall(data)
            data = connection.recv(65536)
    connection.unwrap().close()


def main(port: str, folder: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    with open(f"{folder}/bulk", "rb") as file:
        bulk = file.read()
    listener = socket.create_server(("127.0.0.1", int(port)))
    while True:
        connection, _ = listener.accept()
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with context.wrap_socket(connection, server_side=True) as secured:
                serve(secured, bulk)
        except OSError:
            connection.close()


main(*sys.argv[1:])
