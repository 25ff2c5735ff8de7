"""The original's service, Flask over SQLite, under gunicorn: one worker with threads, in this process,
so that its CPU time is that of one process. Arguments: its port and the database."""
import os
import sqlite3
import sys

from flask import Flask, jsonify, request
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import create_sockets
from gunicorn.workers.gthread import ThreadWorker

application = Flask(__name__)
DATABASE = sys.argv[2]


def connect():
    connection = sqlite3.connect(DATABASE)
    connection.row_factory = sqlite3.Row
    return connection


@application.get("/products/<int:number>")
def product(number):
    connection = connect()
    row = connection.execute("SELECT * FROM products WHERE id = ?", (number,)).fetchone()
    connection.close()
    return jsonify(dict(row)) if row else ("", 404)


@application.get("/products")
def products():
    page = request.args.get("page", 1, type=int)
    per_page = request.args.get("per_page", 10, type=int)
    connection = connect()
    rows = connection.execute("SELECT * FROM products LIMIT ? OFFSET ?",
                              (per_page, (page - 1) * per_page)).fetchall()
    total = connection.execute("SELECT COUNT(*) FROM products").fetchone()[0]
    connection.close()
    return jsonify({"products": [dict(row) for row in rows],
                    "pagination": {"page": page, "per_page": per_page, "total": total,
                                   "total_pages": (total + per_page - 1) // per_page}})


class Service:
    """What gunicorn wants of an application."""
    def wsgi(self):
        return application


config = Config()
config.set("bind", "127.0.0.1:" + sys.argv[1])
config.set("worker_class", "gthread")
config.set("threads", 4)
config.set("loglevel", "critical")
log = Logger(config)
ThreadWorker(0, os.getppid(), create_sockets(config, log), Service(), 30, config,
             log).init_process()
