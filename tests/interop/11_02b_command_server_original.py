"""The chapter's ProtocolHandler, its messages in English. Run by the interop test. Python 3.8 and newer."""

from datetime import datetime


class ProtocolHandler:
    def __init__(self):
        self.commands = {
            "ECHO": self.handle_echo,
            "TIME": self.handle_time,
            "STATS": self.handle_stats,
        }
        self.message_count = 0

    def handle_echo(self, args):
        return {"command": "ECHO", "result": " ".join(args)}

    def handle_time(self, args):
        return {"command": "TIME", "result": datetime.now().isoformat()}

    def handle_stats(self, args):
        return {"command": "STATS", "message_count": self.message_count}

    def process(self, message):
        self.message_count += 1
        parts = message.strip().split()
        if not parts:
            return {"error": "empty message"}
        command = parts[0].upper()
        args = parts[1:] if len(parts) > 1 else []
        if command in self.commands:
            return self.commands[command](args)
        return {"error": "unknown command: " + command}
