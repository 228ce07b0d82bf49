#!/usr/bin/env python3
"""Take each event of nambuoc once, in order per stream; say when one is missing."""

import json
import sqlite3
import sys

from kafka import KafkaConsumer

SERVER, TOPIC = sys.argv[1:] or ("127.0.0.1:9092", "nambuoc.dossier.events.v1")
KEEP = """INSERT INTO inbox VALUES (:source, :id, :stream, :streamversion, :type)
ON CONFLICT (source, id) DO NOTHING"""
HERE = "SELECT coalesce(max(version), 0) FROM effect WHERE stream = :stream"
NEXT = """SELECT stream, version, type FROM inbox WHERE stream = :stream AND version =
1 + (SELECT coalesce(max(version), 0) FROM effect WHERE stream = :stream)"""

db = sqlite3.connect("register.db")
db.executescript("""
CREATE TABLE IF NOT EXISTS inbox(source, id, stream, version, type,
  UNIQUE(source, id), UNIQUE(stream, version));
CREATE TABLE IF NOT EXISTS effect(stream, version, type, UNIQUE(stream, version));""")
consumer = KafkaConsumer(
    TOPIC,
    bootstrap_servers=SERVER.split(","),
    group_id="register",
    group_instance_id="register-1",  # a restart goes on at once
    isolation_level="read_committed",
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
for record in consumer:
    event = json.loads(record.value)
    with db:  # one transaction: the inbox, and what you do with the event
        db.execute(KEEP, event)
        while due := db.execute(NEXT, event).fetchone():
            db.execute("INSERT INTO effect VALUES (?, ?, ?)", due)
        (here,) = db.execute(HERE, event).fetchone()
    if here < event["streamversion"]:
        sys.stderr.write(f"GAP: {event['stream']} lacks {here + 1}; the rest waits\n")
    consumer.commit()
