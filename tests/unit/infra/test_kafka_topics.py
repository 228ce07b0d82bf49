"""Names of topics, and what becomes of Kafka's errors."""

import pytest
from kafka import errors as kafka

from dossiers.errors import (
    DossierError,
    FaultError,
    NotFoundError,
    TamperedError,
    UnavailableError,
)
from infra.kafka.errors import (
    FencedError,
    PoisonedError,
    RejectedError,
    translated,
    translating,
)
from infra.kafka.rights import rules
from infra.kafka.topics import KEEP, Topics
from infra.settings import KafkaSettings
from storage.journal import PARTS

# What no waiting and no person at Kafka's rights can heal: wrong use or set-up.
FAULTS = """
BrokerIdNotRegisteredError BrokerResponseError DuplicateBrokerRegistrationError
DuplicateResourceError DuplicateVoterError FeatureUpdateFailedError
FencedStateEpochError GroupSubscribedToTopicError IllegalArgumentError
IllegalStateError IncompatibleBrokerVersion InconsistentClusterIdError
InconsistentGroupProtocolError InconsistentVoterSetError
InvalidCommitOffsetSizeError InvalidConfigurationError InvalidFetchRequestError
InvalidGroupIdError InvalidPartitionsError InvalidPrincipalTypeError
InvalidRecordStateError InvalidRegistrationError InvalidReplicationAssignmentError
InvalidReplicationFactorError InvalidRequestError InvalidRequiredAcksError
InvalidSessionTimeoutError InvalidTransactionTimeoutError InvalidUpdateVersionError
InvalidVoterKeyError KafkaConfigurationError LogDirNotFoundError
MismatchedEndpointTypeError NoError NoReassignmentInProgressError
NonEmptyGroupError OffsetMetadataTooLargeError OffsetMovedToTieredStorageError
PolicyViolationError PositionOutOfRangeError SnapshotNotFoundError
TelemetryTooLargeError TopicAlreadyExistsError TopicDeletionDisabledError
UnknownSubscriptionIdError UnrecognizedBrokerVersion UnreleasedInstanceIdError
UnsupportedAssignorError UnsupportedEndpointTypeError UnsupportedVersionError
VoterNotFoundError
"""


def _bare(kind: type[Exception]) -> Exception:
    return kind.__new__(kind)


def test_every_error_of_the_client_has_a_family() -> None:
    told = {
        name: type(translated(_bare(one)))
        for name, one in vars(kafka).items()
        if isinstance(one, type) and issubclass(one, kafka.KafkaError)
    }

    assert len(told) > 150
    assert {n for n, one in told.items() if one is FaultError} == {*FAULTS.split()}


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (kafka.ProducerFencedError(), FencedError, 6),
        (kafka.InvalidRecordError(), PoisonedError, 1),
        (kafka.TopicAuthorizationFailedError("x"), RejectedError, 7),
        (kafka.UnknownTopicOrPartitionError(), NotFoundError, 3),
        (kafka.LogTruncationError({}), TamperedError, 5),
        (kafka.KafkaTimeoutError(), UnavailableError, 7),
        (kafka.KafkaError("fatal before"), UnavailableError, 7),
        (ConnectionResetError(), UnavailableError, 7),
        (ValueError("partition"), FaultError, 1),
    ],
)
def test_no_error_of_kafka_leaves_untold(
    error: Exception, kind: type[DossierError], code: int
) -> None:
    with pytest.raises(kind) as told, translating("127.0.0.1:9092"):
        raise error

    assert type(told.value) is kind
    assert told.value.exit_code == code
    assert "127.0.0.1:9092" in told.value.vi


def test_only_what_passes_is_tried_again() -> None:
    assert translated(kafka.NotEnoughReplicasError()).retryable
    assert not translated(kafka.SaslAuthenticationFailedError()).retryable
    assert not translated(kafka.ProducerFencedError()).retryable


def test_a_prefix_stands_before_each_topic_and_only_when_set() -> None:
    bare = {topic.name for topic in Topics().every}
    named = {topic.name for topic in Topics("hue").every}

    assert "nambuoc.dossier.events.v1" in bare
    assert named == {f"hue.{name}" for name in bare}


def test_the_log_is_kept_for_ever_and_never_compacted() -> None:
    topics = Topics()
    kept = {t.name for t in topics.every if t.retention_ms == KEEP}
    events = next(t for t in topics.every if t.name == topics.events)

    assert kept == {topics.events, topics.access, topics.checkpoints}
    assert events.partitions == PARTS
    assert {t.settings["cleanup.policy"] for t in topics.every} == {"delete"}


def test_reads_of_papers_are_for_the_chief_auditor_alone() -> None:
    lines = rules(KafkaSettings(bootstrap=("k:9092",), prefix="hue"))
    readers = {
        line.split("User:nambuoc-")[1].split()[0]
        for line in lines
        if "Read" in line and "hue.nambuoc.access.events.v1" in line
    }

    assert readers == {"relay", "chief-auditor"}
