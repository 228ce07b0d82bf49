"""The other side, as a sample: seal, publish, and wait for the answer."""

import hashlib
import io
import json
from contextlib import suppress

from pydantic import ValidationError

from dossiers.errors import ConflictError, MalformedError
from infra.house import House
from infra.intake_topic.deciding import FOLDER
from infra.intake_topic.message import MOST_BYTES
from infra.intake_topic.refusing import Name
from infra.intake_topic.sealing import Jwk, seal
from infra.kafka.inbound import Letter, replies, say, writing
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from infra.wire.messages import IntakeMessage, Reply, Verdict


def envelope(name: Name, kind: str, content: bytes, public: Jwk) -> bytes:
    """
    Seal a content in an envelope. Keep these bytes: only they may be sent again.

    Raises MalformedError for a key that is none.
    """
    return _written(name, kind, {"jwe": seal(content, public)})


def referring(house: House, body: bytes) -> bytes:
    """Put a sealed content that is too long for a record into the store; refer."""
    if len(body) <= MOST_BYTES:
        return body
    message = IntakeMessage.model_validate_json(body)
    sealed: str = message.data.model_dump()["jwe"]
    sha256 = hashlib.sha256(sealed.encode()).hexdigest()
    key = f"{FOLDER}{sha256}"
    with suppress(ConflictError):  # it lies there already
        house.objects.put(key, io.BytesIO(sealed.encode()), len(sealed))
    name = Name(message.source, message.id)
    return _written(name, message.type, {"reference": {"key": key, "sha256": sha256}})


def _written(name: Name, kind: str, content: object) -> bytes:
    told = {
        "specversion": "1.0",
        "id": name.id,
        "source": name.source,
        "type": kind,
        "datacontenttype": "application/json",
        "data": content,
    }
    return json.dumps(told).encode()


def name_of(body: bytes) -> Name | None:
    """Tell whether a file is such an envelope, and whose; None when it is not."""
    try:
        found = IntakeMessage.model_validate_json(body)
    except ValidationError:
        return None
    return Name(found.source, found.id)


def hand_in(
    settings: KafkaSettings, name: Name, body: bytes, *, wait_s: float
) -> Verdict | None:
    """
    Publish an envelope; gives the verdict on it, None when it did not come in time.

    Raises UnavailableError, NotFoundError when the topics are not there.
    """
    if len(body) > MOST_BYTES:
        vi = f"tin dài {len(body)} byte, tối đa {MOST_BYTES}; hãy gửi tham chiếu"
        en = f"the message has {len(body)} bytes, at most {MOST_BYTES}; refer to it"
        raise MalformedError(vi, en)
    topic = Topics(settings.prefix).intake
    with replies(settings) as coming:
        with writing(settings) as writer:
            say(writer, [Letter(topic, name.source, body)])
        for told in coming(wait_s):
            answer = Reply.model_validate_json(told).data
            if (answer.source, answer.id) == (name.source, name.id):
                return answer
    return None
