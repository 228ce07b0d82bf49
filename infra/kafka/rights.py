"""Who needs which rights in Kafka, as kafka-acls lines for its administrator."""

from infra.kafka.topics import Topics
from infra.settings import KafkaSettings


def rules(settings: KafkaSettings) -> list[str]:
    """
    Write the lines for relay, auditors and systems that hand in.

    Who read whose papers is for the relay and the chief auditor alone.
    """
    topics = Topics(settings.prefix)
    log = (topics.events, topics.checkpoints)
    every = (*log, topics.access)
    answers = (topics.replies, topics.dead_letters)
    grants = [
        ("relay", "Write", _topics(*every, topics.cursor, *answers)),
        ("relay", "Read", _topics(*every, topics.cursor, topics.intake)),
        ("relay", "Read", "--group nambuoc- --resource-pattern-type prefixed"),
        ("relay", "Write", "--transactional-id '*'"),
        ("auditor", "Read", _topics(*log)),
        ("chief-auditor", "Read", _topics(*every)),
        ("submitter", "Write", _topics(topics.intake)),
        ("submitter", "Read", _topics(topics.replies, topics.events)),
    ]
    return [
        f"kafka-acls --bootstrap-server {settings.bootstrap[0]} --add"
        f" --allow-principal User:nambuoc-{who} --operation {what}"
        f" --operation Describe {where}"
        for who, what, where in grants
    ]


def _topics(*names: str) -> str:
    return " ".join(f"--topic {name}" for name in names)
