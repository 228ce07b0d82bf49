"""The AsyncAPI 3 document: every topic, what stands on it, who writes and reads it."""

from dataclasses import dataclass

from pydantic import BaseModel

from dossiers.envelope import TYPES
from infra.kafka.topics import Topics
from infra.wire import messages
from infra.wire.schema import Schema, schema_of_message, schemas

ASYNCAPI = "3.0.0"
API = "1.0.0"
"""The version of the promise: the first number grows when a type's `.vN` does."""
BINDING = {"bindingVersion": "0.5.0"}
CLOUD_EVENT = "application/cloudevents+json; charset=UTF-8"
NOTE = "text/plain; charset=UTF-8"
CHECKPOINT = "checkpoint"
_TOPICS = Topics()
_MADE = {one.name: one for one in _TOPICS.every}
BESIDE: dict[str, type[BaseModel]] = {
    messages.SUBMISSION: messages.IntakeMessage,
    messages.ANSWER: messages.IntakeMessage,
    messages.REPLY: messages.Reply,
    messages.DEAD_LETTER: messages.DeadLetter,
}
SIGNED_NOTE: Schema = {
    "type": "string",
    "description": "origin, size and base64 root on a line each, an empty line, then"
    " signature lines (C2SP signed-note, Ed25519).",
}
HEADERS: Schema = {
    "type": "object",
    "required": ["content-type", "nambuoc-seq"],
    "properties": {
        "content-type": {"const": CLOUD_EVENT},
        "nambuoc-seq": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Place in the whole log, from 1 on: Merkle leaf index + 1.",
        },
        "nambuoc-repair": {
            "const": "1",
            "description": "A record set again after a loss: read each seq once.",
        },
    },
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic; nambuoc sends to it, or receives from it."""

    name: str
    topic: str
    sends: bool
    key: str
    says: str
    messages: tuple[str, ...]


def _named(*kinds: str) -> tuple[str, ...]:
    return tuple(name for name in TYPES if name.split(".")[2] in kinds)


CHANNELS = (
    Channel(
        name="dossierEvents",
        topic=_TOPICS.events,
        sends=True,
        key="subject: the opaque id of the dossier or document",
        says="What happened to dossiers and documents, in order per stream, each once"
        " for readers with isolation.level=read_committed.",
        messages=_named("dossier", "document"),
    ),
    Channel(
        name="accessEvents",
        topic=_TOPICS.access,
        sends=True,
        key="subject: the opaque id of the dossier",
        says="Who read a person's paper; for auditors only.",
        messages=_named("access"),
    ),
    Channel(
        name="checkpoints",
        topic=_TOPICS.checkpoints,
        sends=True,
        key="the origin of the log",
        says="Signed heads of the Merkle tree over all events (C2SP tlog-checkpoint).",
        messages=(CHECKPOINT,),
    ),
    Channel(
        name="intake",
        topic=_TOPICS.intake,
        sends=False,
        key="the sender's own choice; one key is taken in in order",
        says="Submissions and answers of other systems, sealed to the engine's key.",
        messages=(messages.SUBMISSION, messages.ANSWER),
    ),
    Channel(
        name="intakeReplies",
        topic=_TOPICS.replies,
        sends=True,
        key="source of the message that is answered",
        says="What became of each message taken in; the same id when told again.",
        messages=(messages.REPLY,),
    ),
    Channel(
        name="intakeDeadLetters",
        topic=_TOPICS.dead_letters,
        sends=True,
        key="topic, partition and offset of the message",
        says="Messages that cannot be taken in: place, digest and reason, no content.",
        messages=(messages.DEAD_LETTER,),
    ),
)


def asyncapi() -> Schema:
    """Make the document."""
    return {
        "asyncapi": ASYNCAPI,
        "info": _INFO,
        "defaultContentType": CLOUD_EVENT,
        "servers": _SERVERS,
        "channels": {one.name: _channel(one) for one in CHANNELS},
        "operations": {_verb(one): _operation(one) for one in CHANNELS},
        "components": {
            "messages": _messages(),
            "schemas": _schemas(),
            "securitySchemes": _SECURITY,
        },
    }


def _schemas() -> Schema:
    beside = {name: schema_of_message(name, kind) for name, kind in BESIDE.items()}
    return {CHECKPOINT: SIGNED_NOTE} | {
        name: {key: told for key, told in schema.items() if key[0] != "$"}
        for name, schema in {**schemas(), **beside}.items()
    }


def _channel(one: Channel) -> Schema:
    topic = _MADE[one.topic]
    kept = {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms}
    made = {"partitions": topic.partitions, "topicConfiguration": kept}
    return {
        "address": one.topic,
        "description": one.says,
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in one.messages
        },
        "bindings": {"kafka": made | BINDING},
    }


def _verb(one: Channel) -> str:
    return f"{'send' if one.sends else 'receive'}{one.name[0].upper()}{one.name[1:]}"


def _operation(one: Channel) -> Schema:
    made: Schema = {
        "action": "send" if one.sends else "receive",
        "channel": {"$ref": f"#/channels/{one.name}"},
        "summary": one.says,
    }
    if not one.sends:
        made["reply"] = {"channel": {"$ref": "#/channels/intakeReplies"}}
    return made


def _messages() -> Schema:
    return {name: _message(one, name) for one in CHANNELS for name in one.messages}


def _message(channel: Channel, name: str) -> Schema:
    made: Schema = {
        "name": name,
        "title": name,
        "contentType": NOTE if name == CHECKPOINT else CLOUD_EVENT,
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": channel.key}} | BINDING
        },
    }
    return made | {"headers": HEADERS} if name in TYPES else made


_INFO: Schema = {
    "title": "nambuoc",
    "version": API,
    "description": (
        "The log of a one-stop shop (bộ phận một cửa): what happened to every dossier,"
        " and the way in for other systems. No personal data stands in clear on any"
        " topic. New optional fields and new types may come at any time: ignore what"
        " you do not know. Where NAMBUOC_KAFKA_PREFIX is set, it stands before each"
        " address, with a dot."
    ),
    "license": {"name": "Apache-2.0"},
}
_SERVERS: Schema = {
    name: {
        "host": "{bootstrap}",
        "protocol": protocol,
        "description": says,
        "variables": {"bootstrap": {"description": "NAMBUOC_KAFKA_BOOTSTRAP"}},
        "security": [{"$ref": f"#/components/securitySchemes/{s}"} for s in schemes],
    }
    for name, protocol, says, schemes in (
        ("open", "kafka", "PLAINTEXT: inside one machine or a test only", ()),
        ("secure", "kafka-secure", "SASL_SSL or SSL", ("scram", "plain", "tls")),
    )
}
_SECURITY: Schema = {
    "scram": {"type": "scramSha512", "description": "User and password; SHA-256 too."},
    "plain": {"type": "plain", "description": "User and password, over TLS only."},
    "tls": {"type": "X509", "description": "The authority is NAMBUOC_KAFKA_CA."},
}
