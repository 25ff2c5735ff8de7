"""The chapter's UDP server, but for its prints and its statistics thread. Run as a program with a host and
a port, or with the descriptor of a bound socket, it serves for ever. Python 3.8 and newer."""

import json
import socket
import struct
import sys
import threading
from datetime import datetime


class UDPServer:
    def __init__(self, server_socket, buffer_size=4096):
        self.server_socket = server_socket
        self.buffer_size = buffer_size
        self.clients = {}
        self.packet_counter = 0

    def receive_messages(self):
        while True:
            data, client_address = self.server_socket.recvfrom(self.buffer_size)
            self.packet_counter += 1
            if client_address not in self.clients:
                self.clients[client_address] = {"first_seen": datetime.now(), "packet_count": 0}
            self.clients[client_address]["packet_count"] += 1
            self.clients[client_address]["last_seen"] = datetime.now()
            threading.Thread(target=self.process_message, args=(data, client_address),
                             daemon=True).start()

    def process_message(self, data, client_address):
        try:
            self.server_socket.sendto(self.response(data), client_address)
        except Exception:
            pass  # the original prints it, and says nothing to the client

    def response(self, data):
        try:
            return self.handle_text_message(data.decode("utf-8")).encode("utf-8")
        except UnicodeDecodeError:
            return self.handle_binary_data(data)

    def handle_text_message(self, message):
        message = message.strip()
        if message.upper() == "PING":
            return "PONG"
        if message.upper() == "TIME":
            return datetime.now().isoformat()
        if message.upper() == "STATS":
            return json.dumps({"total_packets": self.packet_counter,
                               "active_clients": len(self.clients)})
        return f"ECHO: {message}"

    def handle_binary_data(self, data):
        if len(data) >= 4:
            value = struct.unpack("!I", data[:4])[0]
            return struct.pack("!I", value + 1)
        return b"INVALID"


def open_socket(host, port):
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind((host, port))
    return server_socket


if __name__ == "__main__":
    bound = (open_socket(sys.argv[1], int(sys.argv[2])) if len(sys.argv) == 3
             else socket.socket(fileno=int(sys.argv[1])))
    print(bound.getsockname()[1], flush=True)
    UDPServer(bound).receive_messages()
